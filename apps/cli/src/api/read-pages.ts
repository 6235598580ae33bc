/** Items over all pages of a list, at most `limit`. @param read answers the items of one page, and the token of the next, "" at the end */
export async function readPages<Item>(
  read: (page: { pageToken: string; pageSize: number }) => Promise<{ items: Item[]; nextPageToken: string }>,
  limit = Number.POSITIVE_INFINITY,
): Promise<Item[]> {
  const all: Item[] = [];
  for (let pageToken = ""; ; ) {
    const page = await read({ pageToken, pageSize: Math.min(LARGEST_PAGE, limit - all.length) });
    all.push(...page.items);
    pageToken = page.nextPageToken;
    if (pageToken === "" || all.length >= limit) return all;
  }
}

const LARGEST_PAGE = 1000;
