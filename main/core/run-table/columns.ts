// What a column key means (contracts/run-table.ts). Pure; runs in the host's query thread.

export const FIELDS = [
  ...['id', 'label', 'state', 'sweep', 'seed', 'numbers', 'bytes', 'step', 'steps', 'progress', 'created', 'started'],
  ...['ended', 'duration', 'attempts', 'failure', 'tags', 'note'],
] as const;
export const ACCURACIES = [
  ...['sampled', 'greedy', 'sampled@start', 'greedy@start', 'sampled@gain', 'greedy@gain'],
  ...['strict', 'lenient', 'format'],
] as const;
const ALIASES: Readonly<Record<string, string>> = { lr: 'learningRate', tag: 'tags', n_tie: 'nTie' };

export type Accuracy = (typeof ACCURACIES)[number];
export type MetricPlace = 'last' | 'best' | 'min' | 'max' | number;

export type Column =
  | { kind: 'field'; key: string }
  | { kind: 'accuracy'; key: Accuracy }
  | { kind: 'metric'; name: string; at: MetricPlace }
  | { kind: 'setting'; path: string };

function isAccuracy(key: string): key is Accuracy {
  return (ACCURACIES as readonly string[]).includes(key);
}

/** @param settingPaths every path that some run has: a last part stands for its path where that is unique */
export function parseColumn(key: string, settingPaths: readonly string[]): Column {
  const name = ALIASES[key] ?? key;
  if ((FIELDS as readonly string[]).includes(name)) return { kind: 'field', key: name };
  if (isAccuracy(name)) return { kind: 'accuracy', key: name };
  if (name.startsWith('metric:')) return metricColumn(name.slice('metric:'.length));
  if (name.includes('/')) return metricColumn(name);
  if (settingPaths.includes(name)) return { kind: 'setting', path: name };
  const endings = settingPaths.filter((path) => path.endsWith(`.${name}`));
  return { kind: 'setting', path: endings.length === 1 && endings[0] !== undefined ? endings[0] : name };
}

function metricColumn(text: string): Column {
  const [, name = text, place = 'last'] = /^(.*)@(last|best|min|max|\d+)$/.exec(text) ?? [];
  if (place === 'last' || place === 'best' || place === 'min' || place === 'max') {
    return { kind: 'metric', name, at: place };
  }
  return { kind: 'metric', name, at: Number(place) };
}

/** Metrics of which less is better; of all others more is. */
const LESS_IS_BETTER =
  /^(loss$|kl\/|gradient\/|time\/|memory\/|length\/)|(clipped|capped|masked|zeroVariance)Fraction$/;

/** Which extreme `best` means. */
export function metricGoal(name: string): 'min' | 'max' {
  return LESS_IS_BETTER.test(name) ? 'min' : 'max';
}
