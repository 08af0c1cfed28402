/** Whole numbers as arguments. */

import { InvalidArgumentError } from "commander";

/** Parses an argument that is a whole number from `min` on. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^[0-9]{1,15}$/.test(text) || number < min)
      throw new InvalidArgumentError(`Write a whole number from ${min} on.`);
    return number;
  };
}
