// The answer rules by name: what each reads from a completion and when it is right. Runs in the engine process.
import type { GraderConfig } from '../../../contracts/run-config.ts';
import { Script, createContext } from 'node:vm';
import { BadInputError } from '../bad-input.ts';
import { lastBoxed, trimAnswer } from './boxed.ts';
import { numbersIn, wholeNumber } from './numbers.ts';

/** What a rule found (null: its pattern is not there) and whether that equals the gold answer. */
export interface RuleResult {
  correct: boolean;
  extracted: string | null;
}

export type RuleName = GraderConfig['name'];

// verl gsm8k.py reads no more than the end of a completion.
const VERL_CLIP_CHARACTERS = 300;
const REGEX_TIME_LIMIT_MS = 1000;

/** Applies the grader's rule to a completion's text. Throws where a regex exceeds its time limit. */
export function applyRule(grader: GraderConfig, text: string, gold: string): RuleResult {
  switch (grader.name) {
    case 'gsm8k-strict':
      return gsm8kStrict(text, gold);
    case 'gsm8k-flexible-verl':
      return gsm8kFlexibleVerl(text, gold);
    case 'gsm8k-lenient':
      return lenient(text, gold);
    case 'boxed':
      return found(lastBoxed(text), (answer) => answer === trimAnswer(gold));
    case 'exact':
      return found(text.trim(), (answer) => answer === gold.trim());
    case 'last-number':
      return lastNumber(text, gold);
    case 'regex':
      return found(lastAnswerGroup(grader.pattern, text), (answer) => sameAnswer(answer, gold));
  }
}

function found(extracted: string | null, isRight: (answer: string) => boolean): RuleResult {
  return { extracted, correct: extracted !== null && isRight(extracted) };
}

/** verl's strict rule: the last `#### number`, commas and dollars out, compared as strings ("18.00" is not "18"). */
function gsm8kStrict(text: string, gold: string): RuleResult {
  const answers = [...text.slice(-VERL_CLIP_CHARACTERS).matchAll(/#### (-?[0-9.,]+)/g)];
  const last = answers.at(-1)?.[1]?.replaceAll(',', '').replaceAll('$', '') ?? null;
  return found(last, (answer) => answer === gold.trim().replaceAll(',', ''));
}

/** verl's flexible rule with its quirks: the last run of digits, stops and commas, compared as it stands. */
function gsm8kFlexibleVerl(text: string, gold: string): RuleResult {
  const tokens = [...text.slice(-VERL_CLIP_CHARACTERS).matchAll(/-?[0-9.,]+/g)].map((match) => match[0]);
  const last = tokens.findLast((token) => token !== '' && token !== '.') ?? null;
  return found(last, (answer) => answer === gold.trim().replaceAll(',', ''));
}

/** Ours: the box, else what follows the last `####`, else the last number; numbers compared as numbers. */
function lenient(text: string, gold: string): RuleResult {
  const boxed = lastBoxed(text);
  if (boxed !== null) return found(boxed, (answer) => sameAnswer(answer, gold));
  const marker = text.lastIndexOf('####');
  if (marker >= 0) {
    const line =
      text
        .slice(marker + 4)
        .trim()
        .split('\n')[0] ?? '';
    const answer = numbersIn(line)[0] ?? (line === '' ? null : line);
    if (answer !== null) return found(answer, (value) => sameAnswer(value, gold));
  }
  return lastNumber(text, gold);
}

function lastNumber(text: string, gold: string): RuleResult {
  return found(numbersIn(text).at(-1) ?? null, (answer) => answer === (wholeNumber(trimAnswer(gold)) ?? gold.trim()));
}

/** Equal as numbers where the gold answer is a number and the answer holds exactly one; else equal as text. */
function sameAnswer(answer: string, gold: string): boolean {
  const goldText = trimAnswer(gold);
  if (trimAnswer(answer) === goldText) return true;
  const goldNumber = wholeNumber(goldText);
  const numbers = numbersIn(answer);
  return goldNumber !== null && numbers.length === 1 && numbers[0] === goldNumber;
}

// Made once: a context takes milliseconds.
const SEARCH_CONTEXT: { pattern: string; text: string } = { pattern: '', text: '' };
const SEARCH = new Script('[...text.matchAll(new RegExp(pattern, "gsu"))].at(-1)?.groups?.answer ?? null');
createContext(SEARCH_CONTEXT);

/**
 * The named group `answer` of the pattern's last match. The search runs under a time limit, because a pattern with
 * nested repetition can take for ever on a long completion and would stop the engine's heartbeat.
 */
function lastAnswerGroup(pattern: string, text: string): string | null {
  Object.assign(SEARCH_CONTEXT, { pattern, text });
  const answer: unknown = SEARCH.runInContext(SEARCH_CONTEXT, { timeout: REGEX_TIME_LIMIT_MS });
  return typeof answer === 'string' ? answer.trim() : null;
}

/** Refuses a pattern that does not compile or has no group `answer`, before a run starts. */
export function checkGrader(grader: GraderConfig): void {
  if (grader.name !== 'regex') return;
  let compiled: RegExp;
  try {
    // The empty alternative always matches, so the match tells which groups the pattern has.
    compiled = new RegExp(`${grader.pattern}|`, 'su');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadInputError(`grader.pattern is not a regular expression (${reason}); correct the pattern`);
  }
  if (!Object.hasOwn(compiled.exec('')?.groups ?? {}, 'answer')) {
    throw new BadInputError(`grader.pattern has no group named answer; write it as (?<answer>…) in ${grader.pattern}`);
  }
}
