// Makes resources/tasks/chain and resources/models/chain.gguf from nothing: `npm run make:model -- [--device gpu]`.
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openSession } from '../../main/engine/native.ts';
import { ARCHITECTURE, writeInitialModel } from './architecture.ts';
import { CORPUS_MIXTURE, generateSplits, toJsonLines } from './chain.ts';
import type { ChainSplits } from './chain.ts';
import { measureBase, trainBase } from './train-base.ts';
import type { BaseQuality, BaseTraining } from './train-base.ts';

const USAGE = `Usage: npm run make:model -- [options]
  --device cpu|gpu  where to train (default cpu: about half an hour on two cores)
  --threads N       CPU threads, 0 = all cores (default 0)
  --steps N         optimiser steps (default 1200)
  --out FILE        the model (default resources/models/chain.gguf)
  --data-only       write the problems and stop
`;
const RESOURCES = join(import.meta.dirname, '..', '..', 'resources');
const MODEL_NAME = 'chain';
const SEED = 1;
const REPORT_EVERY_STEPS = 25;
const EXIT_BAD_INPUT = 2;

const TRAINING: BaseTraining = {
  seed: SEED,
  steps: 1200,
  documentsPerStep: 512,
  peakLearningRate: 2e-3,
  warmUpSteps: 100,
  weightDecay: 0.05,
  clipNorm: 1,
  mixture: CORPUS_MIXTURE,
};

interface Options {
  device: 'cpu' | 'gpu';
  threads: number;
  training: BaseTraining;
  outPath: string;
  dataOnly: boolean;
}

function parseOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      device: { type: 'string', default: 'cpu' },
      threads: { type: 'string', default: '0' },
      steps: { type: 'string', default: String(TRAINING.steps) },
      out: { type: 'string', default: join(RESOURCES, 'models', `${MODEL_NAME}.gguf`) },
      'data-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { device } = values;
  if (device !== 'cpu' && device !== 'gpu') throw new TypeError(`--device ${device}: choose cpu or gpu`);
  return {
    device,
    threads: wholeNumber('--threads', values.threads, 0),
    training: { ...TRAINING, steps: wholeNumber('--steps', values.steps, 1) },
    outPath: resolve(values.out),
    dataOnly: values['data-only'],
  };
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new TypeError(`${option} ${text}: give a whole number of at least ${least}`);
  }
  return value;
}

function writeSplits(splits: ChainSplits): void {
  const folder = join(RESOURCES, 'tasks', 'chain');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'train.jsonl'), toJsonLines(splits.train));
  writeFileSync(join(folder, 'validation.jsonl'), toJsonLines(splits.validation));
  writeFileSync(join(folder, 'held-out.jsonl'), toJsonLines(splits.heldOut));
}

async function makeModel({ device, threads, training, outPath }: Options, splits: ChainSplits): Promise<void> {
  mkdirSync(dirname(outPath), { recursive: true });
  const workFolder = mkdtempSync(join(dirname(outPath), '.make-model-'));
  try {
    const initialPath = join(workFolder, 'initial.gguf');
    writeInitialModel(initialPath, MODEL_NAME, SEED);
    const session = await openSession({
      modelPath: initialPath,
      modelHash: sha256(initialPath),
      device,
      numerics: 'native',
      threads,
      workers: 0,
      basesDir: workFolder,
    });
    const excluded = new Set([...splits.validation, ...splits.heldOut].map(({ question }) => question));
    const startMs = performance.now();
    await trainBase(session, training, excluded, (step, loss) => reportStep(step, training.steps, loss, startMs));
    const quality = await measureBase(session, splits.validation);
    const trainedPath = join(workFolder, 'trained.gguf');
    await session.saveModel(trainedPath);
    await session.dispose();
    renameSync(trainedPath, outPath);
    writeManifest(outPath, training, device, quality);
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

function reportStep(step: number, steps: number, loss: number, startMs: number): void {
  if (step % REPORT_EVERY_STEPS !== 0 && step !== steps) return;
  const elapsedS = (performance.now() - startMs) / 1000;
  const remainingS = (elapsedS / step) * (steps - step);
  process.stderr.write(`step ${step}/${steps}  loss ${loss.toFixed(4)}  remaining ${remainingS.toFixed(0)} s\n`);
}

/** Says beside the model how it was made and what it can do on the validation problems. */
function writeManifest(modelPath: string, training: BaseTraining, device: string, validation: BaseQuality): void {
  const manifest = {
    model: basename(modelPath),
    sha256: sha256(modelPath),
    command: 'npm run make:model',
    device,
    architecture: ARCHITECTURE,
    training,
    validation,
  };
  writeFileSync(modelPath.replace(/\.gguf$/, '.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify({ model: modelPath, validation }, null, 2)}\n`);
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function readOptions(): Options | null {
  try {
    return parseOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(EXIT_BAD_INPUT);
  }
}

const options = readOptions();
if (options === null) {
  process.stdout.write(USAGE);
} else {
  const splits = generateSplits(SEED);
  writeSplits(splits);
  if (!options.dataOnly) await makeModel(options, splits);
}
