import type { Case } from '../maker';

export const TEXTS: readonly Case[] = [
  {
    planted: 'keys with white space around them and of another case',
    often: 200,
    plant: (maker, index) => {
      const entry = maker.entry();
      const [id, account] = entry.key;
      const spaced = [`  ${id}`, `${id}\t`, `\u00a0${id.toUpperCase()} `, `${id}\n`][index % 4]!;
      return { now: maker.pair(entry, { id: spaced }, { id: id.replace('pay', 'Pay'), account: ` ${account.toUpperCase()}` }) };
    },
  },
  {
    planted: 'keys whose letters are composed on one side and decomposed on the other',
    often: 40,
    plant: (maker) => {
      const entry = maker.entry({ key: maker.key('zürich-é') });
      const [id] = entry.key;
      return { now: maker.pair(entry, { id: id.normalize('NFC') }, { id: id.normalize('NFD') }) };
    },
  },
  {
    planted: 'texts with quotes, commas and line breaks in them',
    often: 200,
    plant: (maker, index) => {
      const purpose = ['Order "7", paid', 'He said "yes"', 'First line\nsecond, line', 'One\r\ntwo\r\nthree'][index % 4]!;
      return { now: maker.pair(maker.entry({ purpose }), {}, { purpose: `${purpose.replace(/\s+/g, '   ')}` }) };
    },
  },
];
