// `grade`: a grader's verdict on pairs of completion and gold answer. Tool process.
import type { ToolArgs, ToolResults } from '../../../contracts/tool-protocol.ts';
import { gradeEquality } from '../graders/grade.ts';
import { checkGrader } from '../graders/rules.ts';

export function grade({ grader, rows }: ToolArgs<'grade'>): ToolResults['grade'] {
  checkGrader(grader);
  return { equal: rows.map(({ pred, gold }) => gradeEquality(grader, pred, gold)) };
}
