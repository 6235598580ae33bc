import type { Caller, Store, schema } from "@hodei/store";
import { type ExtractTablesWithRelations, sql } from "drizzle-orm";
import type { NodePgQueryResultHKT } from "drizzle-orm/node-postgres";
import type { PgTransaction } from "drizzle-orm/pg-core";

/** The database in a transaction. */
export type Transaction = PgTransaction<NodePgQueryResultHKT, typeof schema, ExtractTablesWithRelations<typeof schema>>;

/** A change in one transaction: history and audit log, which triggers write in it, say whose it is. */
export async function asCaller<T>(
  { db }: Store,
  { name, source }: Caller,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return await db.transaction(async (tx) => {
    await tx.execute(sql`SELECT set_config('hodei.actor', ${name}, true), set_config('hodei.source', ${source}, true)`);
    return await work(tx);
  });
}
