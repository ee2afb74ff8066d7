// What a built-in task is: its problems in three splits, and the settings that train and measure it. Pure; host and command line.
import type { GraderConfig, PromptConfig } from '../../../contracts/run-config.ts';

export const SPLITS = ['train', 'validation', 'held-out'] as const;
export type Split = (typeof SPLITS)[number];

interface Turn {
  role: 'user' | 'assistant';
  content: string;
}

/** A line of a data file, as the user guide describes it. */
export type TaskRow = { answer: string; cluster?: string } & ({ question: string } | { messages: Turn[] });

export interface Task {
  name: string;
  /** One sentence for people. */
  description: string;
  /** Settings of a run on this task; a recipe may override each of them. */
  settings: {
    prompt: PromptConfig;
    grader: GraderConfig;
    maxPromptTokens: number;
    maxCompletionTokens: number;
    stop: string[];
    evaluation: { samples: number };
  };
  /** All problems, the same on every machine, split by split; no problem is in two splits. */
  rows(): Iterable<[Split, TaskRow]>;
}
