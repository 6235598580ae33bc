import fc from "fast-check";
import { expect, test } from "vitest";
import { isoTime } from "./iso-time.ts";

test("every moment is written as Date writes it, whatever was written before", () => {
  const moment = fc.date({ noInvalidDate: true, min: new Date("1960-01-01"), max: new Date("9999-12-31") });
  const near = fc.tuple(moment, fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1 }));
  fc.assert(
    fc.property(near, ([first, steps]) => {
      for (const step of steps) {
        const at = first.getTime() + step;
        expect(isoTime(at)).toBe(new Date(at).toISOString());
      }
    }),
  );
});
