/**
 * Doubles the size of whatever a stranger or an operator can make large, and watches how time grows. Fails where that is
 * clearly faster than the size.
 *
 *     npm run bench:growth
 */

import { GROWTH_SUBJECTS } from "./growth-subjects.ts";
import { MAX_EXPONENT, measureGrowth } from "./measure-growth.ts";

console.log("| What | Sizes | Microseconds of CPU | Exponent |\n| --- | --- | --- | --- |");
for (const subject of GROWTH_SUBJECTS) {
  const { sizes, microseconds, exponent } = measureGrowth(subject);
  const isGood = exponent <= MAX_EXPONENT;
  const times = microseconds.map((time) => (time < 100 ? time.toFixed(1) : String(Math.round(time))));
  console.log(
    `| ${subject.name} | ${sizes[0]} to ${sizes.at(-1)} ${subject.unit} | ${times.join(", ")} | ${exponent.toFixed(2)}${isGood ? "" : " FAILED"} |`,
  );
  if (!isGood) process.exitCode = 1;
}
