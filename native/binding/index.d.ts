/**
 * The contract of the native addon (native/binding). Loaded by main/engine alone.
 *
 * Shapes are row-major with PyTorch's order, e.g. a_R_I is [rank, in]; ggml prints the same memory as ne = {in, rank}.
 * One session owns one model; its asynchronous methods run one at a time on a thread of their own, in call order,
 * and reject with an Error whose `code` is a NativeErrorCode.
 */
export type NativeErrorCode = 'BAD_INPUT' | 'CANCELLED' | 'OUT_OF_MEMORY' | 'INTERNAL';

/**
 * Of the training pass. `native`: ggml's kernels for the weight's type (a GPU: F16 copies of quantised weights). `exact`: weights
 * dequantised to F32, float32 throughout. Rollouts read the weights that `native` reads either way.
 */
export type Numerics = 'native' | 'exact';

export interface SessionOptions {
  modelPath: string;
  /** SHA-256 of the model file, in hex: key of the bases' cache. */
  modelHash: string;
  /** Folder with libggml-cpu-*.so and, where wanted, libggml-cuda.so. */
  backendDir: string;
  /** The library built of native/kernels, for a GPU's training pass and rollouts with native numerics; '' for ggml's kernels alone. */
  kernelLibrary: string;
  device: 'cpu' | 'gpu';
  numerics: Numerics;
  /** CPU threads in all. */
  threads: number;
  /** Graphs computed side by side, each with threads / workers threads (small models gain from it); 0 = choose by model size. */
  workers: number;
  /** Folder for cached bases; created where missing. */
  basesDir: string;
}

export type ModuleType = 'attn_q' | 'attn_k' | 'attn_v' | 'attn_output' | 'ffn_gate' | 'ffn_up' | 'ffn_down';

export interface ModuleInfo {
  /** GGUF name without `.weight`, e.g. `blk.0.attn_q`. */
  name: string;
  layer: number;
  type: ModuleType;
  inputSize: number;
  outputSize: number;
  weightType: string;
}

export interface ModelInfo {
  family: 'llama' | 'qwen2' | 'qwen3';
  name: string;
  parameterCount: number;
  layerCount: number;
  embeddingSize: number;
  feedForwardSize: number;
  headCount: number;
  keyValueHeadCount: number;
  headSize: number;
  vocabularySize: number;
  trainedContextTokens: number;
  tiedEmbeddings: boolean;
  /** Rows of q and k are permuted in the GGUF (llama). */
  permutedQueryKey: boolean;
  hasTokenizer: boolean;
  beginOfSequenceId: number | null;
  endOfSequenceId: number | null;
  endOfGenerationIds: number[];
  /** Jinja source from the GGUF. */
  chatTemplate: string | null;
  addsBeginOfSequence: boolean;
  /** Execution order: layer by layer q, k, v, o, gate, up, down. */
  modules: ModuleInfo[];
  /** Every tensor, in file order: name, ggml type, shape row-major. */
  tensors: { name: string; type: string; shape: number[] }[];
  backend: string;
  /** Memory of the device, in use or not. */
  deviceMemoryBytes: number;
  /** Of all tensors, and on a GPU of the float16 copies of quantised ones. */
  weightBytes: number;
}

export interface TinyLoraSpec {
  kind: 'tinylora';
  rank: number;
  u: number;
  tying: 'tiled' | 'structured' | 'balanced' | 'all';
  nTie: number;
  projectionSeed: number;
  /** Scale each P_i to Frobenius norm 1. */
  unitNormProjection: boolean;
  /** P_i is zero outside its leading block of this size (figure 7); 0 = rank. */
  trainableRank: number;
  /** Adapted module types; empty = all seven. */
  targets: ModuleType[];
}
export interface LoraXsSpec {
  kind: 'lora-xs';
  rank: number;
  targets: ModuleType[];
}
export interface LoraSpec {
  kind: 'lora';
  rank: number;
  alpha: number;
  seed: number;
  targets: ModuleType[];
}
export interface FullSpec {
  kind: 'full';
}
/** Given factors: ΔW = B (Σ_i v_i P_i) A with A, B, P frozen, as PEFT stores TinyLoRA. */
export interface FactoredSpec {
  kind: 'factored';
  rank: number;
  u: number;
  groupCount: number;
  modules: { name: string; group: number; a_R_I: Float32Array; b_O_R: Float32Array; p_U_R_R: Float32Array }[];
}
export type NativeAdapterSpec = TinyLoraSpec | LoraXsSpec | LoraSpec | FullSpec | FactoredSpec;

export interface AdapterInfo {
  kind: NativeAdapterSpec['kind'];
  parameterCount: number;
  /** Names of the parameters' runs in order: one entry a group, module or tensor, with its offset and shape. */
  parameters: { name: string; offset: number; shape: number[] }[];
  /** Group of each adapted module, in execution order (TinyLoRA); for other kinds the module's own index. */
  groups: { module: string; group: number }[];
  /** Layers whose singular values at the cut are nearly equal: {module, ratio σ_r/σ_{r+1}, or σ_k/σ_{k+1} inside}. */
  nearlyEqualSingularValues: { module: string; index: number; ratio: number }[];
  /** 64-bit FNV-1a of all bases in execution order, in hex; empty for LoRA and full. */
  basesFingerprint: string;
}

/** A prompt computed once, and what follows it in each of its completions. */
export interface SequenceGroup {
  prefix: Int32Array;
  /** Weights of prefix tokens in loss = Σ −weight·logp; null: the prefix is not scored. Index 0 is ignored. */
  prefixWeights: Float32Array | null;
  suffixes: Int32Array[];
  /** Linear objective: weight of each suffix token. Ignored when the call has a `grpo` objective. */
  suffixWeights: Float32Array[];
  /** GRPO objective: one advantage a suffix, its rollout log-probs, those of the batch's start and of the reference. */
  advantages?: Float32Array;
  rolloutLogprobs?: Float32Array[];
  /** Absent: this pass' own (detached), so ρ ≡ 1. */
  oldLogprobs?: Float32Array[];
  /** Required where klCoefficient > 0. */
  referenceLogprobs?: Float32Array[];
  /** GRPO objective: factor of every token's loss in each suffix (1/N for the token mean, …). 0 skips the backward of it. */
  tokenScales?: Float32Array;
}
export interface GrpoObjective {
  clipEpsilon: number;
  importanceCap: number;
  klCoefficient: number;
}

export interface PassOptions {
  temperature: number;
  /** Forward only. */
  backward: boolean;
  /** Switch the adapter off (the reference policy). */
  adapterOff?: boolean;
  grpo?: GrpoObjective;
  /** Tokens computed together; bounds memory. 0 = choose. */
  microBatchTokens?: number;
}
export interface GroupResult {
  /** NaN at index 0. Null when the prefix is not scored. */
  prefixLogprobs: Float32Array | null;
  prefixEntropy: Float32Array | null;
  suffixLogprobs: Float32Array[];
  suffixEntropy: Float32Array[];
  /** GRPO only. */
  importanceWeights?: Float32Array[];
  ratios?: Float32Array[];
  k3?: Float32Array[];
  clipped?: Uint8Array[];
  /** d loss / d logp of each suffix token. */
  lossGradients?: Float32Array[];
}
export interface PassResult {
  loss: number;
  groups: GroupResult[];
  tokensComputed: number;
}

export interface AdamWOptions {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Gradient is scaled by min(1, clipNorm / (norm + 1e-6)); 0 = no clipping. */
  clipNorm: number;
  storage: { precision: 'fp32' | 'bf16' | 'fp16'; mode: 'rounded-after-step' | 'rounded-on-use' };
}
export interface OptimStepResult {
  gradientNorm: number;
  parameterNorm: number;
  updateNorm: number;
}

export interface RolloutOptions {
  /**
   * `unified`: one cache for all sequences of a worker, which share their prompt's cells and are preempted when it is full.
   * `streams`: a stream of cells for each sequence, sampled on the device (GPUs; needs flash attention). With a
   * `kernelLibrary` that knows the model and the adapter, and `f16` cells, that library decodes.
   */
  cacheLayout: 'unified' | 'streams';
  /** Key/value cache cells of a worker; streams: each sequence has an equal share. */
  contextTokens: number;
  /** Sequences that run at once, 1–512 a worker. */
  maxSequences: number;
  /** Contexts side by side; 0 = the session's number of workers. */
  workers: number;
  cacheType: 'f16' | 'f32';
  flashAttention: boolean;
  /** Tokens of one decode call. */
  batchTokens: number;
}
export interface SampleRequest {
  /** One entry a prompt; sampleCount completions of each. */
  prompts: { tokens: Int32Array; promptId: number; lane: number }[];
  sampleCount: number;
  seed: number;
  /** Distinguishes calls under one seed, e.g. the step. */
  stream: number;
  /** 0 = greedy; log-probs are then at temperature 1. */
  temperature: number;
  /** 1 = off. Evaluation only. */
  topP: number;
  /** 0 = off. Evaluation only. */
  topK: number;
  maxTokens: number;
  stop: string[];
}
export interface Completion {
  tokens: Int32Array;
  /** Exact log-prob of each sampled token at the request's temperature, of the untruncated distribution. */
  logprobs: Float32Array;
  finishReason: 'end' | 'stop' | 'length' | 'cancelled';
}
export interface SampleResult {
  /** [prompt][sample]. */
  completions: Completion[][];
  statistics: {
    decodedTokens: number;
    prefilledTokens: number;
    preemptions: number;
    decodeCalls: number;
    /** Streams only (else 0): computing prompts and copying them to their samples; the rest decodes. */
    prefillMs: number;
    durationMs: number;
  };
}

export interface Progress {
  phase: string;
  done: number;
  total: number;
}
export interface MergeReport {
  /** Per module: fidelity ⟨applied, ΔW⟩/‖ΔW‖² and changed fraction of entries. */
  modules: { name: string; fidelity: number; changedFraction: number }[];
  fidelity: number;
  changedFraction: number;
}

export class Session {
  static load(options: SessionOptions): Promise<Session>;
  info(): ModelInfo;
  tokenize(text: string, options: { special: boolean; addBos: boolean }): Int32Array;
  /** Bytes of the tokens' text (UTF-8 may be cut in a token). */
  detokenize(tokens: Int32Array, options: { special: boolean }): Uint8Array;
  setAdapter(spec: NativeAdapterSpec): Promise<AdapterInfo>;
  clearAdapter(): Promise<void>;
  /** The flat parameters (a copy). Order: AdapterInfo.parameters. */
  params(): Float32Array;
  setParams(params: Float32Array): Promise<void>;
  /** TinyLoRA: P of a module, [u, r, r] with u, r from the spec. */
  projection(moduleName: string): Float32Array;
  /** Bases and core of an adapted module: ΔW = b_O_R · core_R_R · a_R_I. For LoRA core is the scaled identity. */
  factors(moduleName: string): { a_R_I: Float32Array; b_O_R: Float32Array; core_R_R: Float32Array };
  pass(groups: SequenceGroup[], options: PassOptions): Promise<PassResult>;
  zeroGrad(): void;
  /** Gradient accumulated since zeroGrad, in the parameters' order. */
  gradient(): Float64Array;
  optimStep(options: AdamWOptions): Promise<OptimStepResult>;
  optimiserState(): { firstMoment: Float32Array; secondMoment: Float32Array; step: number };
  setOptimiserState(state: { firstMoment: Float32Array; secondMoment: Float32Array; step: number }): void;
  configureRollouts(options: RolloutOptions): Promise<void>;
  sample(request: SampleRequest): Promise<SampleResult>;
  /** Writes W + ΔW into the live weights. Refused on quantised weights. */
  merge(): Promise<MergeReport>;
  /** Restores the live base weights bit for bit. */
  unmerge(): Promise<void>;
  /** Writes the live tensors (full fine-tuning) as F32 GGUF. */
  saveModel(path: string): Promise<void>;
  /** Reads a tensor, dequantised to F32. */
  tensor(name: string): Float32Array;
  /** Snapshot of the running operation; safe to poll. */
  progress(): Progress;
  /** Makes the running operation reject with CANCELLED within a second. */
  cancel(): void;
  dispose(): Promise<void>;
}

/** Philox4x32-10 block and our normal generator, for golden vectors. */
export function philox(key: [number, number], counter: [number, number, number, number]): Uint32Array;
export function projectionNormals(seed: number, moduleName: string, count: number): Float64Array;
/** Devices and, for each backend library that failed to load, the exact reason. */
export function devices(
  backendDir: string,
): { name: string; description: string; kind: string; memoryTotalBytes: number; memoryFreeBytes: number }[];
export const versions: { ggml: string; llama: string; addon: string };
