// What a front can be of: the choices of x and y, and the columns that stand for them. Pure; runs in the renderer.
import type { Objective } from '../../../contracts/analysis.ts';

export const X_CHOICES = ['numbers', 'bytes', 'duration', 'length'] as const;
export type XChoice = (typeof X_CHOICES)[number];
export const Y_CHOICES = ['accuracy', 'lenient', 'format', 'reward', 'length'] as const;
export type YChoice = (typeof Y_CHOICES)[number];
/** A third objective that dominance may count; none is drawn for it. */
export const Z_CHOICES = ['none', 'bytes', 'duration', 'length'] as const;
export type ZChoice = (typeof Z_CHOICES)[number];
export const SCORES = ['sampled', 'greedy'] as const;
export type Score = (typeof SCORES)[number];
/** At the end of training, or the difference to step 0. */
export const PLACES_OF_SCORE = ['end', 'gain'] as const;
export type PlaceOfScore = (typeof PLACES_OF_SCORE)[number];

export interface ObjectiveChoice {
  x: XChoice;
  y: YChoice;
  z: ZChoice;
  score: Score;
  at: PlaceOfScore;
  isLogX: boolean;
}

const LENGTH_COLUMN = 'length/mean@last';

function costOf(choice: Exclude<ZChoice, 'none'> | XChoice, log: boolean): Objective {
  return { key: choice === 'length' ? LENGTH_COLUMN : choice, goal: 'min', log };
}

function valueOf({ y, score, at }: ObjectiveChoice): Objective {
  if (y === 'length') return { key: LENGTH_COLUMN, goal: 'min', log: false };
  if (y === 'reward') return { key: 'reward/mean@last', goal: 'max', log: false };
  if (y === 'accuracy') return { key: at === 'gain' ? `${score}@gain` : score, goal: 'max', log: false };
  return { key: y, goal: 'max', log: false };
}

/** The two that are drawn. */
export function drawnObjectives(choice: ObjectiveChoice): Objective[] {
  return [costOf(choice.x, choice.isLogX), valueOf(choice)];
}

/** With the third, where one is chosen. */
export function allObjectives(choice: ObjectiveChoice): Objective[] {
  return [...drawnObjectives(choice), ...(choice.z === 'none' ? [] : [costOf(choice.z, false)])];
}

/** What the drawn objectives of an answer are: while another choice is on its way, the old answer keeps its own names. */
export function choiceOf([x, y]: readonly Objective[]): Pick<ObjectiveChoice, 'x' | 'y' | 'score' | 'at'> {
  const named = <Value extends string>(key: string | undefined, choices: readonly [Value, ...Value[]]): Value =>
    choices.find((choice) => choice === (key === LENGTH_COLUMN ? 'length' : key?.split(/[/@]/)[0])) ?? choices[0];
  return {
    x: named(x?.key, X_CHOICES),
    y: named(y?.key, Y_CHOICES),
    score: named(y?.key, SCORES),
    at: y?.key.endsWith('@gain') ? 'gain' : 'end',
  };
}
