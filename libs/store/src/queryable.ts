import type { QueryConfig, QueryResult, QueryResultRow } from "pg";

/** What a statement runs on: the pool, or the connection of a transaction. A named query is prepared once per connection. */
export interface Queryable {
  query<Row extends QueryResultRow = QueryResultRow>(query: QueryConfig | string): Promise<QueryResult<Row>>;
}
