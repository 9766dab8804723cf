/** What a contract says: which event, in which version, looks like what. Imports nothing: synth, the command line and tests read it. */

/** A JSON Schema: 2020-12 unless its `$schema` says 2019-09 or draft-07. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A contract, as its file has it. */
export interface Contract {
  /** `detail-type` of the event. */
  readonly name: string;
  readonly version: number;
  /** `source` of the event. */
  readonly source: string;
  /** Who answers for it. */
  readonly owner?: string;
  readonly description?: string;
  /** Of `data`. */
  readonly examples?: readonly unknown[];
  /** Of `data`. */
  readonly schema: JsonSchema;
  /**
   * The oldest version whose consumers are served by this one: each of its events is as that version and those after it have it.
   *
   * @default - as in the version before; of the first, its own version
   */
  readonly compatibleFrom?: number;
}

/** @returns what names one version of a contract */
export function contractId({ name, version }: Pick<Contract, 'name' | 'version'>): string {
  return `${name}@${version}`;
}
