import fc from 'fast-check';
import { showable } from '../../lib/markup/showable';
import { type Flow, flowOf, mermaidOf, svgOf } from '../../lib/review/diagram';
import { layOut, type PlacedFigure, type TextLine } from '../../lib/review/diagram/layout';
import { widthOf, wrap } from '../../lib/review/diagram/text-width';
import { read } from '../support/topology/read';
import {
  api,
  arn,
  bucket,
  bus,
  busV2,
  groupAlarm,
  idempotent,
  invokes,
  lambda,
  mapping,
  method,
  oneTask,
  parkingDesk,
  parkingLot,
  queue,
  type Resources,
  ref,
  role,
  rule,
  schedule,
  stream,
  sub,
  subscription,
  table,
  topic,
} from '../support/topology/resources';

const flow = (resources: Resources): Flow => flowOf(read(resources).graph);

/** Arrows as a person reads them: `Queue -asynchronous-> Handler: 5x`. */
function told({ figures, arrows }: Flow): string[] {
  const names = new Map(figures.map((figure) => [figure.id, figure.name]));
  return arrows.map(
    ({ from, to, manner, labels }) =>
      `${names.get(from)} -${manner}-> ${names.get(to)}${labels.length > 0 ? `: ${labels.join(' | ')}` : ''}`,
  );
}

const redrive = { RedrivePolicy: { deadLetterTargetArn: arn('ParkingLot'), maxReceiveCount: 5 } };
const source = (properties: object = {}) => mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler'), ...properties });
const consumed: Resources = { Queue: queue(redrive), ...parkingLot(), Source: source(), Handler: idempotent() };
const writes = (action: string, to: unknown) => ({
  Handler: lambda({ Role: arn('Role') }),
  Role: role([action, to]),
});
const restApi: Resources = {
  Api: api(),
  Post: method({
    RestApiId: ref('Api'),
    Integration: {
      Type: 'AWS_PROXY',
      Uri: sub('arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/<Handler.Arn>/invocations'),
    },
  }),
};

describe('a flow', () => {
  test('parks what fails with its attempts, and says which parking lot has no alarm', () => {
    const drawn = flow(consumed);
    expect(told(drawn)).toEqual(['Queue -asynchronous-> Handler: 5x, batch 10', 'Queue -parks-> ParkingLot: after 5x, 2 min 30 s']);
    expect(drawn.figures.map(({ name, shape, notes }) => [name, shape, ...notes])).toEqual([
      ['Handler', 'function', 'idempotent'],
      ['ParkingLot', 'parking-lot', '1 alarm'],
      ['Queue', 'queue'],
    ]);
    const { ParkingLotAlarm: _, ...mute } = consumed;
    expect(flow(mute).figures.find((figure) => figure.shape === 'parking-lot')!.notes).toEqual(['no alarm']);
  });

  test('draws a parking lot with a desk as one place: the desk’s parts are no way of an event', () => {
    const drawn = flow({ ...consumed, ...parkingDesk(), DeskAlarm: groupAlarm() });
    expect(told(drawn)).toEqual(told(flow(consumed)));
    expect(drawn.figures.map(({ name, caption, notes }) => [name, caption, ...notes])).toEqual([
      ['Handler', 'function', 'idempotent'],
      ['ParkingLot', 'parking lot with desk', '2 alarms'],
      ['Queue', 'queue'],
    ]);
    expect(mermaidOf(drawn)).toContain('{{"parking lot with desk<br/>ParkingLot<br/>2 alarms"}}');
  });

  test('drops what a rule gives up, and what Lambda gives up, each at its own place', () => {
    const target = { Id: 'One', Arn: arn('Handler') };
    expect(told(flow({ Rule: rule({ ScheduleExpression: 'rate(1 hour)', Targets: [target] }), Handler: lambda() }))).toEqual([
      'Handler -asynchronous-> Handler: 3x, 80 tries',
      'Handler -loses-> dropped: after 3x, 3 min 9 s',
      'Rule -asynchronous-> Handler: 186 tries',
      'Rule -loses-> dropped: after 186 tries, 1 d',
    ]);
  });

  test('blocks what follows in a stream, and in the group of a FIFO queue', () => {
    const records = {
      Stream: stream(),
      Source: mapping({ EventSourceArn: arn('Stream'), FunctionName: ref('Handler') }),
      Handler: lambda(),
    };
    expect(told(flow(records))).toContain('Stream -loses-> blocks what follows: for up to 1 d');
    const fifo = { Queue: queue({ FifoQueue: true }), Source: source(), Handler: lambda() };
    expect(told(flow(fifo))).toContain('Queue -loses-> blocks its group: for up to 4 d');
  });

  test('sends errors back to whoever called, and knows no one else who hears of them', () => {
    const drawn = flow({ ...restApi, Handler: lambda() });
    expect(told(drawn)).toEqual(['caller -synchronous-> Api: errors come back', 'Api -synchronous-> Handler']);
  });

  test('ends with an effect in a store', () => {
    const drawn = flow({ ...restApi, ...writes('dynamodb:PutItem', arn('Table')), Table: table() });
    expect(told(drawn)).toContain('Handler -synchronous-> Table');
    expect(drawn.figures.find((figure) => figure.name === 'Table')!.shape).toBe('store');
  });

  test('shows what is not known: who runs a function, who reads a queue, where a reference leads', () => {
    expect(told(flow({ ...writes('sqs:SendMessage', arn('Queue')), Queue: queue() }))).toEqual([
      'who runs it -unknown-> Handler',
      'Handler -synchronous-> Queue',
      'Queue -unknown-> who reads it',
    ]);
    const lost = flow({
      Source: mapping({ EventSourceArn: { 'Fn::ImportValue': 'elsewhere' }, FunctionName: ref('Handler') }),
      Handler: lambda(),
    });
    expect(told(lost).filter((line) => line.includes('-unknown->'))).not.toEqual([]);
    expect(lost.figures.filter((figure) => figure.shape === 'unknown')).not.toEqual([]);
  });

  test('loses what is published to a topic that nobody subscribes to', () => {
    const drawn = flow({ ...restApi, ...writes('sns:Publish', ref('Topic')), Topic: topic() });
    expect(told(drawn)).toContain('Topic -loses-> dropped: nobody subscribes');
  });

  test('keeps failed executions of a Standard machine, and loses those of an Express machine', () => {
    const starts = (properties: object) => ({
      Rule: rule({ EventPattern: { source: ['shop'] }, Targets: [{ Id: 'One', Arn: ref('Machine'), RoleArn: 'arn:aws:iam::1:role/r' }] }),
      Machine: oneTask(invokes('Handler'), { ...properties }),
      Handler: lambda(),
    });
    const machine = (drawn: Flow) => drawn.figures.find((figure) => figure.name === 'Machine')!;
    expect(machine(flow(starts({}))).notes).toEqual(['keeps failed executions']);
    const express = flow(starts({ StateMachineType: 'EXPRESS' }));
    expect(machine(express).notes).toEqual([]);
    expect(told(express)).toContain('Machine -loses-> dropped: failed execution');
  });

  test('gathers what several hand-overs of one giver lose, and names the ways apart', () => {
    const subscribe = (Protocol: string, Endpoint: unknown) => subscription({ TopicArn: ref('Topic'), Protocol, Endpoint });
    const drawn = flow({
      Topic: topic(),
      One: subscribe('sqs', arn('Queue')),
      Two: subscribe('https', 'https://partner.example.com/hook'),
      Queue: queue(redrive),
      ...parkingLot(),
      Source: source(),
      Handler: lambda(),
    });
    expect(told(drawn).filter((line) => line.startsWith('Topic'))).toEqual([
      'Topic -asynchronous-> Queue: 100,015 tries',
      'Topic -loses-> dropped: after 100,015 tries, 23 d | after 4x, 1 min',
      'Topic -asynchronous-> https https://partner.example.com/hook: 4x',
    ]);
  });

  test('draws a loop once and a hand-over to itself', () => {
    const loop = flow({ ...consumed, Handler: lambda({ Role: arn('Role') }), Role: role(['sqs:SendMessage', arn('Queue')]) });
    expect(told(loop)).toContain('Handler -synchronous-> Queue');
    const self = queue({ RedrivePolicy: { deadLetterTargetArn: arn('Queue'), maxReceiveCount: 2 } });
    expect(told(flow({ Queue: self }))).toContain('Queue -parks-> Queue');
    expect(overlaps(flow({ Queue: self }))).toEqual([]);
  });

  test('leaves out what only deployments and alarms use', () => {
    const { figures } = flow({
      ...consumed,
      OnCall: topic(),
      Alarm: { ...parkingLot().ParkingLotAlarm!, Properties: { AlarmActions: [ref('OnCall')] } },
    });
    expect(figures.map((figure) => figure.name)).toEqual(['Handler', 'ParkingLot', 'Queue']);
  });

  test('calls things by the last parts of their construct paths, as many as tell them apart', () => {
    const at = (path: string, resource: Resources[string]) => ({ ...resource, Metadata: { 'aws:cdk:path': path } });
    const { figures } = flow({
      A1: at('Shop/Orders/Worker/Function/Resource', lambda()),
      B1: at('Shop/Refunds/Worker/Function/Resource', lambda()),
      C1: at('Shop/Eu/Orders/Archive/Resource', lambda()),
      D1: at('Shop/Us/Orders/Archive/Resource', lambda()),
      E1: at('Shop/Handler', lambda()),
      PlainQueue: queue(),
    });
    expect(figures.filter((figure) => figure.shape === 'function' || figure.shape === 'queue').map((figure) => figure.name)).toEqual([
      'Orders/Worker',
      'Refunds/Worker',
      'Eu/Orders/Archive',
      'Us/Orders/Archive',
      'Handler',
      'PlainQueue',
    ]);
  });
});

const everything: Resources = {
  ...consumed,
  ...restApi,
  Receive: lambda({ Role: arn('Role') }),
  Role: role(['sqs:SendMessage', arn('Queue')], ['dynamodb:PutItem', arn('Table')], ['events:PutEvents', arn('Bus')]),
  Table: table(),
  Changes: mapping({ EventSourceArn: arn('Table', 'StreamArn'), FunctionName: ref('Receive') }),
  Bus: bus(),
  Matches: rule({ EventBusName: ref('Bus'), EventPattern: {}, Targets: [{ Id: 'One', Arn: arn('Handler') }] }),
  New: busV2(),
  Hourly: schedule({ Target: { Arn: arn('Receive'), RoleArn: 'arn:aws:iam::1:role/r' } }),
  Uploads: bucket({ NotificationConfiguration: { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: arn('Queue') }] } }),
};

describe('drawn', () => {
  test('an empty stack is a picture that says so', () => {
    expect(mermaidOf(flow({}))).toContain('n0["no events flow here"]');
    expect(svgOf(flow({}))).toContain('no events flow here');
  });

  test('the order of resources changes no byte, and drawing twice neither', () => {
    const reversed = Object.fromEntries(Object.entries(everything).reverse());
    for (const draw of [mermaidOf, (one: Flow) => svgOf(one)]) {
      expect(draw(flow(reversed))).toBe(draw(flow(everything)));
      expect(draw(flow(everything))).toBe(draw(flow(everything)));
    }
  });

  test('Mermaid is one statement a line, in shapes and lines that each version knows', () => {
    const lines = mermaidOf(flow(everything)).trimEnd().split('\n');
    expect(lines[0]).toBe('flowchart TB');
    const text = '"[\\p{L}\\p{N} ,?:/_#;<>-]*"';
    const statements = [
      '%% .*',
      `n\\d+(?:\\(\\[${text}\\]\\)|\\[\\[${text}\\]\\]|\\[\\(${text}\\)\\]|\\[${text}\\]|\\{\\{${text}\\}\\}|\\(${text}\\)|>${text}\\])`,
      `n\\d+ (?:-->|-\\.->|==>|--x|-\\.-o)(?:\\|${text}\\|)? n\\d+`,
      'classDef \\w+ [a-z0-9#:, -]+',
      'class n\\d+(?:,n\\d+)* \\w+',
    ].map((statement) => new RegExp(`^ {2}${statement}$`, 'u'));
    expect(lines.slice(1).filter((line) => !statements.some((statement) => statement.test(line)))).toEqual([]);
  });

  test('nothing overlaps and nothing leaves the picture', () => {
    expect(overlaps(flow(everything))).toEqual([]);
  });

  test('the picture tells a screen reader what it shows', () => {
    const svg = svgOf(flow(consumed));
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="breakwater-title breakwater-description">/);
    expect(svg).toContain('<title id="breakwater-title">Flow of events</title>');
    expect(svg).toContain(
      'Queue (queue) hands over to Handler (function, idempotent): 5x, batch 10. Queue (queue) parks in ParkingLot (parking lot, 1 alarm)',
    );
  });

  test('five hundred resources take less than two seconds', () => {
    const resources = Object.fromEntries(
      Array.from(
        { length: 100 },
        (_, index): Array<[string, Resources[string]]> => [
          [`Queue${index}`, queue({ RedrivePolicy: { deadLetterTargetArn: arn(`Parked${index}`), maxReceiveCount: 3 } })],
          [`Parked${index}`, queue()],
          [`Handler${index}`, lambda({ Role: arn(`Role${index}`) })],
          [`Source${index}`, mapping({ EventSourceArn: arn(`Queue${index}`), FunctionName: ref(`Handler${index}`) })],
          [
            `Role${index}`,
            role(...[2 * index + 1, 2 * index + 2].filter((to) => to < 100).map((to) => ['sqs:SendMessage', arn(`Queue${to}`)] as const)),
          ],
        ],
      ).flat(),
    );
    const { graph } = read(resources);
    const started = process.cpuUsage();
    const svg = svgOf(flowOf(graph));
    // Other suites may keep the machine busy: what counts is this process's own time.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
    expect(svg.match(/class="figure /g)).toHaveLength(300);
  });
});

describe('untrusted texts', () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      '<script>alert(1)</script>',
      '"]); drop',
      '\'"&<>]]>',
      'end',
      '`x`',
      '%%{init:{}}%%',
      '\u202Eevil',
      '𝔘𝔫𝔦𝔠𝔬𝔡𝔢',
      'a'.repeat(200),
      '\u0000\uD800',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
  );

  test('stay text in SVG and in Mermaid, and inside their boxes', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (id, path, endpoint) => {
        const drawn = flow({
          [`Q${id}`]: { ...queue(), Metadata: { 'aws:cdk:path': `Stack/${path}/Resource` } },
          Topic: topic(),
          Subscription: subscription({ TopicArn: ref('Topic'), Protocol: 'https', Endpoint: endpoint }),
        });
        const svg = svgOf(drawn);
        expect(wellFormed(svg)).toEqual([]);
        expect(svg).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u);
        const markup = svg.replace(/>[^<]*</g, '><').replace(/="[^"]*"/g, '=""');
        expect([...new Set(markup.match(/<\w+/g))].filter((tag) => !KNOWN_TAGS.includes(tag))).toEqual([]);
        for (const line of mermaidOf(drawn)
          .split('\n')
          .filter((one) => /^ {2}n\d+[^ \d]/.test(one)))
          expect(line.match(/"/g)).toHaveLength(2);
        expect(mermaidOf(drawn)).not.toMatch(/<(?!br\/>)|`|(?<!#\d+);/);
        expect(overlaps(drawn)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('are broken into lines that fit and lose nothing while there is room', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 60 }).map(showable), (text) => {
        const lines = wrap(text, 13, 200, 100);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        for (const line of lines) expect(widthOf(line, 13)).toBeLessThanOrEqual(200);
        for (const line of wrap(text, 13, 60, 2)) expect(widthOf(line, 13)).toBeLessThanOrEqual(60);
        expect(wrap(text, 13, 60, 2).length).toBeLessThanOrEqual(2);
      }),
    );
    expect(wrap('a'.repeat(200), 13, 100, 2).at(-1)).toMatch(/^…a+$/);
  });
});

const KNOWN_TAGS = ['<svg', '<title', '<desc', '<style', '<defs', '<marker', '<path', '<rect', '<text', '<g'];

/** Tags that don't close, entities that aren't. */
function wellFormed(svg: string): string[] {
  const open: string[] = [];
  const faults: string[] = [];
  for (const [tag, closing, name, , selfClosing] of svg.matchAll(/<(\/?)(\w+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (closing && open.pop() !== name) faults.push(tag);
    if (!closing && !selfClosing) open.push(name!);
  }
  const rest = svg.replace(/<\/?\w+(?:\s+[\w:-]+="[^"<]*")*\s*\/?>/g, '').replace(/<style>[\s\S]*?<\/style>/, '');
  if (rest.includes('<')) faults.push(`stray <: ${rest.slice(rest.indexOf('<') - 20, rest.indexOf('<') + 40)}`);
  if (/&(?!#\d+;)/.test(svg)) faults.push('bare &');
  return [...faults, ...open.map((name) => `unclosed ${name}`)];
}

/** Boxes and labels that overlap, texts wider than their boxes, and what lies outside of the picture. */
function overlaps(drawn: Flow): string[] {
  const { figures, arrows, width, height } = layOut(drawn);
  const boxes = [
    ...figures.map((one) => ({ name: one.figure.name, ...one })),
    ...arrows.flatMap(({ lines }) => lines).map((line) => ({ name: line.text, ...around(line) })),
  ];
  const faults: string[] = [];
  for (const [index, a] of boxes.entries()) {
    if (a.left < -0.5 || a.top < -0.5 || a.left + a.width > width + 0.5 || a.top + a.height > height + 0.5)
      faults.push(`${a.name} is outside`);
    for (const b of boxes.slice(index + 1))
      if (
        a.left + a.width > b.left + 0.5 &&
        b.left + b.width > a.left + 0.5 &&
        a.top + a.height > b.top + 0.5 &&
        b.top + b.height > a.top + 0.5
      )
        faults.push(`${a.name} overlaps ${b.name}`);
  }
  return [...faults, ...figures.flatMap(spilled)];
}

function spilled({ lines, left, width, top, height, figure }: PlacedFigure): string[] {
  return lines
    .filter((line) => {
      const box = around(line);
      return box.left < left + 5 || box.left + box.width > left + width - 5 || box.top < top || box.top + box.height > top + height;
    })
    .map((line) => `${line.text} leaves the box of ${figure.name}`);
}

function around(line: TextLine) {
  return { left: line.x - line.width / 2, top: line.y - line.size * 0.6, width: line.width, height: line.size * 1.2 };
}
