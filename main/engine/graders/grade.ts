// Grades completions: the training grader's reward, and the strict, lenient and format rates beside it.
// Runs in the engine process.
import type { GraderConfig } from '../../../contracts/run-config.ts';
import type { Completion } from '../../../native/binding/index.d.ts';
import type { RuleName } from './rules.ts';
import { applyRule } from './rules.ts';

export type FinishReason = Completion['finishReason'];

export interface Grade {
  /** 1 right, 0 wrong; null where the grader failed or the completion was cancelled: masked, never scored 0. */
  reward: number | null;
  extracted: string | null;
  /** Right in the demanded form, by any sensible reading, and whether the demanded form is there at all. */
  strict: boolean;
  lenient: boolean;
  format: boolean;
}

// The demanded form beside a training grader that is itself more lenient; the others are their own strict rule.
const STRICT_RULE: Partial<Record<RuleName, GraderConfig>> = {
  'gsm8k-lenient': { name: 'gsm8k-strict', mustEnd: false },
  'gsm8k-flexible-verl': { name: 'gsm8k-strict', mustEnd: false },
  'last-number': { name: 'exact', mustEnd: false },
};

const LENIENT_RULE: GraderConfig = { name: 'gsm8k-lenient', mustEnd: false };

const MASKED: Grade = { reward: null, extracted: null, strict: false, lenient: false, format: false };

/**
 * @param text the completion, without the stop string that ended it
 * @param gold the data row's answer
 */
export function gradeCompletion(grader: GraderConfig, text: string, gold: string, finishReason: FinishReason): Grade {
  if (finishReason === 'cancelled') return MASKED;
  const ended = finishReason === 'end' || finishReason === 'stop' || !grader.mustEnd;
  try {
    const { correct, extracted } = applyRule(grader, text, gold);
    const strictRule = STRICT_RULE[grader.name];
    const strict = strictRule ? applyRule(strictRule, text, gold).correct : correct;
    return {
      reward: correct && ended ? 1 : 0,
      extracted,
      strict: strict && ended,
      lenient: correct || strict || applyRule(LENIENT_RULE, text, gold).correct,
      format: extracted !== null && ended,
    };
  } catch {
    return MASKED;
  }
}

/** Whether the grader calls the whole completion `pred` right against `gold`: the `grade` command. */
export function gradeEquality(grader: GraderConfig, pred: string, gold: string): boolean {
  return applyRule(grader, pred, gold).correct;
}

/** The text before the first stop string. */
export function textBeforeStop(text: string, stop: readonly string[]): string {
  const ends = stop.map((string) => text.indexOf(string)).filter((index) => index >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}
