/** A font as small as browsers take one: a single glyph, a square. */

/** The file, as TrueType. */
export function tinyFont(): Buffer {
  // In the order of their tags, as the format wants it.
  const tables: [tag: string, bytes: Buffer][] = [
    // Version, width 1024, weight 400, … nothing that matters …, first and last character, heights.
    ["OS/2", words(0, 1024, 400, 5, ...zeros(27), 0x40, 0xffff, 0xffff, 1024, 0, 0, 1024, 0)],
    // One table, for Windows and Unicode, in format 4, with the one segment that it must end with.
    ["cmap", words(0, 1, 3, 1, 0, 12, 4, 24, 0, 2, 2, 0, 0, 0xffff, 0, 0xffff, 1, 0)],
    // One contour within its box, its last point, no instructions, four points on the curve, their steps in x and y.
    ["glyf", words(1, 0, 0, 1024, 1024, 3, 0, 0x0101, 0x0101, 0, 1024, 0, -1024, 0, 0, 1024, 0)],
    // Version, revision, check sum, magic number, flags, units per em, dates, box, style, smallest size, direction.
    ["head", words(1, 0, 1, 0, 0, 0, 0x5f0f, 0x3cf5, 0, 1024, ...zeros(8), 0, 0, 1024, 1024, 0, 8, 2, 0, 0)],
    // Version, heights, widths, slope, … and one metric.
    ["hhea", words(1, 0, 1024, 0, 0, 1024, 0, 0, 1024, 1, ...zeros(7), 1)],
    ["hmtx", words(1024, 0)],
    ["loca", words(0, 17)],
    // Version, one glyph, four points, one contour, no composites, two zones.
    ["maxp", words(1, 0, 1, 4, 1, 0, 0, 2, ...zeros(8))],
    ["name", words(0, 0, 6)],
    ["post", words(3, ...zeros(15))],
  ];
  const directory = [words(1, 0, tables.length, 128, 3, 32)];
  let offset = 12 + 16 * tables.length;
  for (const [tag, bytes] of tables) {
    directory.push(Buffer.from(tag), words(0, 0, 0, offset, 0, bytes.length));
    offset += padded(bytes).length;
  }
  return Buffer.concat([...directory, ...tables.map(([, bytes]) => padded(bytes))]);
}

/** Numbers of 16 bits, the highest first; a longer one is two of them. */
function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value & 0xffff, 2 * index);
  return bytes;
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

/** Tables begin at multiples of four. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
