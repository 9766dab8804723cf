class LedgerRefused extends Error {
  override name = LedgerRefused.name;
}

export const handler = async (): Promise<void> => {
  throw new LedgerRefused();
};
