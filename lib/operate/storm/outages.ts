import type { Outage, OutageUnderWay } from './contract';
import type { ObservedRequest } from './kills';

/** Services that fail for a while. */
export class Outages {
  readonly #underWay = new Set<{ readonly outage: Outage; requests: number }>();

  begin(outage: Outage): OutageUnderWay {
    const underWay = { outage, requests: 0 };
    this.#underWay.add(underWay);
    return {
      get requests() {
        return underWay.requests;
      },
      end: () => this.#underWay.delete(underWay),
    };
  }

  /** @returns what a failing service answers; undefined when none of them is asked */
  answerTo({ operation, path, body }: ObservedRequest): Outage['answer'] | undefined {
    for (const underWay of this.#underWay) {
      const { operation: failing, inPath = '', holding = [], answer } = underWay.outage;
      if (operation !== failing || !path.includes(inPath) || !holding.every((text) => body.includes(text))) continue;
      underWay.requests += 1;
      return answer;
    }
    return undefined;
  }
}
