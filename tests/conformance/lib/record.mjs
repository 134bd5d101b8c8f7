// What the suite says of itself at its end: tables of what was tried, which run.mjs prints and holds against
// docs/reference/conformance.md. Each test file runs in a process of its own, so results go to files.
import { after } from 'node:test';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The counts of one table: rows and columns in the order in which they were first named. */
export class Table {
  #cells = new Map();

  constructor(name, title, corner) {
    this.name = name;
    this.title = title;
    this.corner = corner;
    after(() => this.#write());
  }

  /** A test's body that counts in a cell whether it passed. */
  counting(row, column, body) {
    const key = JSON.stringify([row, column]);
    const counts = this.#cells.get(key) ?? { row, column, passed: 0, tried: 0 };
    this.#cells.set(key, counts);
    return async (context) => {
      ++counts.tried;
      await body(context);
      ++counts.passed;
    };
  }

  /** Something that was tried, and held, otherwise than in a test of its own. */
  note(row, column) {
    this.#cells.set(JSON.stringify([row, column]), { row, column, passed: 1, tried: 1 });
  }

  async #write() {
    const directory = process.env.MUSTER_CONFORMANCE_TABLES;
    if (!directory) return;
    const { name, title, corner } = this;
    const content = { name, title, corner, cells: [...this.#cells.values()] };
    await writeFile(join(directory, `${name}.json`), JSON.stringify(content));
  }
}

function unique(values) {
  return [...new Set(values)];
}

function toMarkdown({ title, corner, cells }, show) {
  const columns = unique(cells.map((cell) => cell.column));
  const lines = [`| ${[corner, ...columns].join(' | ')} |`, `|${'---|'.repeat(columns.length + 1)}`];
  for (const row of unique(cells.map((cell) => cell.row))) {
    const inRow = columns.map((column) => cells.find((cell) => cell.row === row && cell.column === column));
    lines.push(`| ${[row, ...inRow.map((cell) => (cell ? show(cell) : '-'))].join(' | ')} |`);
  }
  return `## ${title}\n\n${lines.join('\n')}\n`;
}

async function readTables(directory) {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(directory, name), 'utf8'))));
}

/** The tables with what passed of what was tried, for people who watch a run. */
export async function resultTables(directory) {
  const tables = await readTables(directory);
  return tables.map((table) => toMarkdown(table, ({ passed, tried }) => `${passed}/${tried}`)).join('\n');
}

/** The same with the number of tests in each cell: what docs/reference/conformance.md promises. */
export async function promisedTables(directory) {
  const tables = await readTables(directory);
  return tables.map((table) => toMarkdown(table, ({ tried }) => String(tried))).join('\n');
}
