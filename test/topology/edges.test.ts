import { EDGE_KINDS } from '../../lib/topology/graph';
import { EDGE_CASES } from '../support/topology/edge-cases';
import { edgeOf, read } from '../support/topology/read';

describe('every row of the delivery table is an edge', () => {
  it.each(EDGE_KINDS)('%s', (kind) => {
    const { resources, from, to, expected } = EDGE_CASES[kind];

    const edge = edgeOf(read(resources), from, to, kind);

    expect(edge).toMatchObject(expected);
  });
});
