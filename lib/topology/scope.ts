import type { Marks } from './marks';
import type { ParsedTemplate } from './parse-template';
import { isRecord, type UnknownRecord } from './record';
import { distinct, type Option, Value } from './value';

/** What a scope asks of the other stacks. */
export interface Surroundings {
  readonly marks: Marks;
  /** Value of an export of any reviewed stack. */
  exported(name: string): Value | undefined;
  /** Value of an output of a reviewed stack, by the stack's name. */
  output(stackName: string, outputName: string): Value | undefined;
  /** Scope of a nested stack, by the id of its resource. */
  nested(resourceId: string): Scope | undefined;
}

const DEEPEST = 100;

/** Everything a template's functions are resolved against: its parameters, mappings, resources, and the stacks around it. */
export class Scope {
  private readonly known = new WeakMap<object, Value>();
  private readonly parameters: UnknownRecord;
  private readonly mappings: UnknownRecord;
  private readonly outputs: UnknownRecord;
  private depth = 0;

  /** @param given values of parameters, from the stack that nests this one */
  public constructor(
    public readonly stackName: string,
    public readonly template: ParsedTemplate,
    private readonly surroundings: Surroundings,
    private readonly given: (parameter: string) => Value | undefined,
  ) {
    this.parameters = recordOf(template.body.Parameters);
    this.mappings = recordOf(template.body.Mappings);
    this.outputs = recordOf(template.body.Outputs);
  }

  public value(raw: unknown): Value {
    if (typeof raw !== 'object' || raw === null) {
      return new Value([
        { kind: 'scalar', scalar: typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean' ? raw : null },
      ]);
    }
    const known = this.known.get(raw);
    if (known) return known;
    if (this.depth >= DEEPEST) return this.unresolved('nested too deeply, or a reference that leads back to itself');
    this.depth += 1;
    try {
      const value = this.resolve(raw);
      this.known.set(raw, value);
      return value;
    } finally {
      this.depth -= 1;
    }
  }

  public output(name: string): Value | undefined {
    const output = this.outputs[name];
    return isRecord(output) ? this.value(output.Value) : undefined;
  }

  /** Exports of the stack, name and value. */
  public exports(): Array<[string, Value]> {
    return Object.values(this.outputs).flatMap((output) => {
      if (!isRecord(output) || !isRecord(output.Export)) return [];
      return this.value(output.Export.Name)
        .texts()
        .map((name): [string, Value] => [name, this.value(output.Value)]);
    });
  }

  private resolve(raw: object): Value {
    if (Array.isArray(raw)) return new Value([{ kind: 'list', list: raw, scope: this }]);
    const record = raw as UnknownRecord;
    const keys = Object.keys(record);
    const name = keys.length === 1 ? keys[0]! : undefined;
    if (name === undefined || (name !== 'Ref' && !name.startsWith('Fn::'))) {
      return keys.some((key) => key.startsWith('Fn::Transform') || key.startsWith('Fn::ForEach'))
        ? this.unresolved('a macro, which is only expanded in CloudFormation')
        : new Value([{ kind: 'map', map: record, scope: this }]);
    }
    const argument = record[name];
    switch (name) {
      case 'Ref':
        return this.reference(argument);
      case 'Fn::GetAtt':
        return this.attribute(argument);
      case 'Fn::Sub':
        return this.substitute(argument);
      case 'Fn::Join':
        return this.join(argument);
      case 'Fn::If':
        return this.branches(argument);
      case 'Fn::Select':
        return this.select(argument);
      case 'Fn::Split':
        return this.split(argument);
      case 'Fn::FindInMap':
        return this.findInMap(argument);
      case 'Fn::ImportValue':
        return this.importValue(argument);
      case 'Fn::GetStackOutput':
        return this.stackOutput(argument);
      case 'Fn::ToJsonString':
        return this.text(JSON.stringify(this.value(argument).plain(this.surroundings.marks) ?? null));
      default:
        return this.unresolved(`${name} is only known in CloudFormation`);
    }
  }

  private reference(argument: unknown): Value {
    if (typeof argument !== 'string') return this.unresolved('Ref without a name');
    if (argument === 'AWS::NoValue') return Value.absent;
    if (argument === 'AWS::StackName') return this.text(this.stackName);
    // Without colons, so that an ARN with it still has its six parts.
    if (argument.startsWith('AWS::')) return this.text(`\${${argument.replace('::', '.')}}`);
    const given = this.given(argument);
    if (given) return given;
    const parameter = this.parameters[argument];
    if (isRecord(parameter)) return this.parameter(argument, parameter);
    if (this.template.resources[argument]) return this.text(this.surroundings.marks.resource(this.idOf(argument)));
    return this.unresolved(`${argument} is neither a parameter nor a resource`);
  }

  private parameter(name: string, parameter: UnknownRecord): Value {
    const type = String(parameter.Type ?? 'String');
    if (type.startsWith('AWS::SSM::')) return this.unresolved(`parameter ${name} is read from Systems Manager at deployment`);
    const value = parameter.Default;
    if (value === undefined || value === null || typeof value === 'object') return this.unresolved(`parameter ${name} has no default`);
    if (type.startsWith('List<') || type === 'CommaDelimitedList') {
      const list = String(value)
        .split(',')
        .map((one) => one.trim());
      return new Value([{ kind: 'list', list, scope: this }]);
    }
    return this.value(value);
  }

  private attribute(argument: unknown): Value {
    if (typeof (Array.isArray(argument) ? argument[0] : argument) !== 'string') return this.unresolved('Fn::GetAtt without a name');
    const [logicalId, attribute] = Array.isArray(argument)
      ? [
          String(argument[0]),
          this.joined(
            argument.slice(1).map((one) => this.value(one)),
            '.',
          ),
        ]
      : [String(argument).split('.')[0]!, String(argument).split('.').slice(1).join('.')];
    const resource = this.template.resources[logicalId];
    if (!resource) return this.unresolved(`there is no resource ${logicalId}`);
    const id = this.idOf(logicalId);
    if (resource.Type === 'AWS::CloudFormation::Stack' && attribute.startsWith('Outputs.')) {
      const nested = this.surroundings.nested(id);
      const output = nested?.output(attribute.slice('Outputs.'.length));
      return (
        output ??
        this.unresolved(
          nested ? `the nested stack ${logicalId} has no ${attribute}` : `the template of the nested stack ${logicalId} is not here`,
        )
      );
    }
    if (resource.Type === 'Custom::CrossRegionExportReader') return this.crossRegion(attribute, logicalId);
    return this.text(this.surroundings.marks.resource(id, attribute));
  }

  /** Cross-Region references of the CDK: a reader names the export, a writer in the other stack holds its value. */
  private crossRegion(attribute: string, logicalId: string): Value {
    return this.surroundings.exported(attribute) ?? this.unresolved(`${logicalId} reads ${attribute}, which no reviewed stack writes`);
  }

  private substitute(argument: unknown): Value {
    const variables = Array.isArray(argument) ? recordOf(argument[1]) : {};
    const templates = this.value(Array.isArray(argument) ? argument[0] : argument);
    const texts = templates.texts().map((template) =>
      template.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
        if (name.startsWith('!')) return `\${${name.slice(1)}}`;
        const key = name.trim();
        if (Object.hasOwn(variables, key)) return this.oneText(this.value(variables[key]), key);
        if (key.includes('.')) return this.oneText(this.attribute(key), key);
        return this.oneText(this.reference(key), key);
      }),
    );
    return texts.length > 0 ? this.text(...texts) : this.unresolved('Fn::Sub without a text');
  }

  private join(argument: unknown): Value {
    if (!Array.isArray(argument)) return this.unresolved('Fn::Join without a list');
    const delimiter = this.oneText(this.value(argument[0]), 'Fn::Join');
    return this.text(this.joined(this.value(argument[1]).items(), delimiter));
  }

  private joined(values: readonly Value[], delimiter: string): string {
    return values.map((value) => this.oneText(value, 'Fn::Join')).join(delimiter);
  }

  private branches(argument: unknown): Value {
    if (!Array.isArray(argument) || argument.length !== 3) return this.unresolved('Fn::If without two branches');
    return new Value(distinct([...this.value(argument[1]).options, ...this.value(argument[2]).options]));
  }

  private select(argument: unknown): Value {
    if (!Array.isArray(argument)) return this.unresolved('Fn::Select without a list');
    const index = Number(this.value(argument[0]).text());
    const list = this.value(argument[1]);
    const items = list.items();
    const chosen = items[index];
    if (chosen && list.options.every((option) => option.kind === 'list')) return chosen;
    // A part of an unknown text, for example the name out of an ARN, still leads to the same resource.
    const texts = list.texts().length > 0 ? list.texts() : items.flatMap((item) => item.texts());
    return texts.length > 0 ? this.text(...texts) : this.unresolved('Fn::Select of something unknown');
  }

  private split(argument: unknown): Value {
    if (!Array.isArray(argument)) return this.unresolved('Fn::Split without a text');
    const delimiter = this.oneText(this.value(argument[0]), 'Fn::Split');
    const options = this.value(argument[1])
      .texts()
      .map((text): Option => {
        const parts = delimiter === '' ? [text] : text.split(delimiter);
        return parts.length > 1 ? { kind: 'list', list: parts, scope: this } : { kind: 'scalar', scalar: text };
      });
    return options.length > 0 ? new Value(distinct(options)) : this.unresolved('Fn::Split of something unknown');
  }

  private findInMap(argument: unknown): Value {
    if (!Array.isArray(argument)) return this.unresolved('Fn::FindInMap without keys');
    const map = this.mappings[this.oneText(this.value(argument[0]), 'Fn::FindInMap')];
    const fallback = isRecord(argument[3]) && 'DefaultValue' in argument[3] ? this.value(argument[3].DefaultValue).options : [];
    const found: unknown[] = [];
    for (const first of this.chosen(map, argument[1])) found.push(...this.chosen(first, argument[2]));
    const options = [...found.flatMap((one) => this.value(one).options), ...fallback];
    return options.length > 0 ? new Value(distinct(options)) : this.unresolved('Fn::FindInMap finds nothing');
  }

  /** Values under a key; all of them where the key is only known at deployment, for example the Region. */
  private chosen(map: unknown, key: unknown): unknown[] {
    if (!isRecord(map)) return [];
    const keys = this.value(key).texts();
    const found = keys.filter((one) => Object.hasOwn(map, one)).map((one) => map[one]);
    return found.length === keys.length && keys.length > 0 ? found : Object.values(map);
  }

  private importValue(argument: unknown): Value {
    const options = this.value(argument)
      .texts()
      .flatMap((name) => {
        const exported = this.surroundings.exported(name);
        return (exported ?? this.unresolved(`the export ${this.surroundings.marks.readable(name)} is in no reviewed stack`)).options;
      });
    return options.length > 0 ? new Value(distinct(options)) : this.unresolved('Fn::ImportValue without a name');
  }

  private stackOutput(argument: unknown): Value {
    const names = recordOf(argument);
    const stackName = this.value(names.StackName).text() ?? '';
    const outputName = this.value(names.OutputName).text() ?? '';
    return (
      this.surroundings.output(stackName, outputName) ??
      this.unresolved(`output ${outputName} of stack ${stackName} is in no reviewed stack`)
    );
  }

  private oneText(value: Value, where: string): string {
    const texts = value.texts();
    if (texts.length > 0) return this.surroundings.marks.any(texts);
    return value.isAbsent ? '' : this.surroundings.marks.unresolved(`${where} is not a text`);
  }

  private text(...texts: readonly string[]): Value {
    return new Value(distinct(texts.map((scalar): Option => ({ kind: 'scalar', scalar }))));
  }

  private unresolved(reason: string): Value {
    return this.text(this.surroundings.marks.unresolved(reason));
  }

  private idOf(logicalId: string): string {
    return `${this.stackName}/${logicalId}`;
  }
}

function recordOf(value: unknown): UnknownRecord {
  return isRecord(value) ? value : {};
}
