// Whether every row of a data file has an answer that its grader could call right. Runs in the host.
import type { AnswerCheck } from '../../../contracts/library.ts';
import type { GraderConfig } from '../../../contracts/run-config.ts';
import { readDataRows } from '../../core/data-rows.ts';
import { runToolProcess } from '../../core/tool-process.ts';

type Kind = AnswerCheck['problems'][number]['kind'];

const SHOWN_LINES = 20;
/** After "1 of 7 " and after "3 of 7 ". */
const WORDS: Record<Kind, [one: string, many: string]> = {
  'no-answer': ['rows has no answer', 'rows have no answer'],
  'no-question': ['rows has no question', 'rows have no question'],
  'not-json': ['lines is not JSON', 'lines are not JSON'],
  'wrong-shape': ['rows is not shaped as training reads it', 'rows are not shaped as training reads them'],
  ungradable: ['answers can never be called right by this grader', 'answers can never be called right by this grader'],
};
const KINDS: Kind[] = ['no-answer', 'no-question', 'not-json', 'wrong-shape', 'ungradable'];

/** The perfect completion for an answer, in the form that the grader demands; null: only the pattern's author knows. */
function perfectCompletion(grader: GraderConfig, answer: string): string | null {
  switch (grader.name) {
    case 'gsm8k-strict':
    case 'gsm8k-flexible-verl':
      return `#### ${answer}`;
    case 'boxed':
      return `\\boxed{${answer}}`;
    case 'exact':
    case 'gsm8k-lenient':
    case 'last-number':
      return answer;
    case 'regex':
      return null;
  }
}

/** Rejects with BAD_INPUT where file or grader cannot be used at all. */
export async function checkAnswers(path: string, grader: GraderConfig): Promise<AnswerCheck> {
  const lines: Record<Kind, number[]> = {
    'no-answer': [],
    'no-question': [],
    'not-json': [],
    'wrong-shape': [],
    ungradable: [],
  };
  const gradable: { line: number; pred: string; gold: string }[] = [];
  let rows = 0;
  for await (const { line, answer, problem } of readDataRows(path)) {
    rows = line;
    if (problem !== null) {
      lines[KINDS.find((kind) => kind === problem.kind) ?? 'wrong-shape'].push(line);
    } else if (answer !== null) {
      const pred = perfectCompletion(grader, answer);
      if (pred !== null) gradable.push({ line, pred, gold: answer });
    }
  }
  const pairs = gradable.map(({ pred, gold }) => ({ pred, gold }));
  const { equal } = await runToolProcess('grade', { grader, rows: pairs });
  lines.ungradable = gradable.flatMap(({ line }, index) => (equal[index] === true ? [] : [line]));
  const problems = KINDS.filter((kind) => lines[kind].length > 0).map((kind) => describe(kind, lines[kind], rows));
  return { rows, problems };
}

function describe(kind: Kind, lines: number[], rows: number): AnswerCheck['problems'][number] {
  const count = lines.length;
  const shown = lines.slice(0, SHOWN_LINES);
  const [one, many] = WORDS[kind];
  const number = (value: number): string => value.toLocaleString('en-US');
  const more = count > shown.length ? ` and ${number(count - shown.length)} more` : '';
  const what = `${number(count)} of ${number(rows)} ${count === 1 ? one : many}`;
  const message = `${what}: ${count === 1 ? 'line' : 'lines'} ${shown.join(', ')}${more}`;
  return { kind, count, lines: shown, message };
}
