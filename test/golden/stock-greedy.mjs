// Greedy continuations by node-llama-cpp's stock library, in a process of its own: two libllama in one would mix.
// Arguments: model, prompt tokens as JSON, number of tokens, then LoRA GGUFs ('-': none). Prints one JSON list a line.
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const [modelPath, prompt, count, ...adapters] = process.argv.slice(2);
const llama = await getLlama({ build: 'never', gpu: false, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
for (const lora of adapters) {
  const options = { contextSize: 256, threads: 1, flashAttention: false, ...(lora === '-' ? {} : { lora }) };
  const context = await model.createContext(options);
  const tokens = [];
  for await (const token of context
    .getSequence()
    .evaluate(JSON.parse(prompt), { temperature: 0, yieldEogToken: true })) {
    tokens.push(token);
    if (tokens.length === Number(count)) break;
  }
  console.log(JSON.stringify(tokens));
  await context.dispose();
}
await llama.dispose();
