import { testDatabase } from "@hodei/testing";
import fc from "fast-check";
import pg from "pg";
import { expect, test } from "vitest";
import { column } from "../src/column.ts";

const same = <T>(each: T) => each;

test("PostgreSQL reads back every text, number and time that was written as an array", async () => {
  await using database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // PostgreSQL has no NUL in a text, and half a surrogate pair is none.
  const text = fc.string({ unit: "grapheme" }).filter((each) => !each.includes("\0") && each.isWellFormed());
  const tricky = fc.constantFrom(
    "NULL",
    "null",
    "",
    " ",
    ",",
    "{}",
    '"',
    "\\",
    "\\\\",
    "a,b",
    " a ",
    "\n",
    "é",
    '{"a":"b\\"c"}',
  );
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.oneof(text, tricky)), { maxLength: 20 }),
        fc.array(fc.option(fc.integer()), { maxLength: 20 }),
        fc.array(fc.date({ min: new Date("1900-01-01"), max: new Date("9999-01-01"), noInvalidDate: true }), {
          maxLength: 5,
        }),
        async (texts, numbers, times) => {
          const { rows } = await client.query(
            "SELECT $1::text[] AS texts, $2::int[] AS numbers, $3::timestamptz[] AS times",
            [column(texts, same), column(numbers, same), column(times, same)],
          );
          expect(rows[0]).toEqual({ texts, numbers, times });
        },
      ),
      { numRuns: 200 },
    );
  } finally {
    await client.end();
  }
});
