// Prompts: template text with special tokens, message text without, BOS once, dates from the configuration.
import { describe, expect, it } from 'vitest';
import type { ModelInfo } from '../../native/binding/index.d.ts';
import { PromptConfig } from '../../contracts/run-config.ts';
import { renderTemplate } from './chat-template.ts';
import type { Problem } from './data.ts';
import type { PromptSession } from './prompts.ts';
import { PromptBuilder } from './prompts.ts';

const SPECIAL = ['<s>', '<|im_start|>', '<|im_end|>', '</s>'];
const FIRST_TEXT_ID = 10;
const CHATML =
  "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nYou help.<|im_end|>\\n' }}{% endif %}" +
  "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** A vocabulary of four special tokens and one token a character: enough to see which text was parsed how. */
function tokenizer(info: Partial<ModelInfo> = {}): PromptSession {
  const defaults = {
    ...{ name: 'test', hasTokenizer: true, addsBeginOfSequence: false, beginOfSequenceId: 0 },
    ...{ endOfSequenceId: 3, endOfGenerationIds: [3, 2], trainedContextTokens: 4096, chatTemplate: CHATML },
  };
  const pattern = /<s>|<\|im_start\|>|<\|im_end\|>|<\/s>|[^]/g;
  return {
    info: () => ({ ...defaults, ...info }) as ModelInfo,
    tokenize: (text, { special, addBos }) => {
      const parts = special ? (text.match(pattern) ?? []) : text.split('');
      const ids = parts.map((part) =>
        SPECIAL.includes(part) ? SPECIAL.indexOf(part) : FIRST_TEXT_ID + part.charCodeAt(0),
      );
      return Int32Array.from(addBos ? [0, ...ids] : ids);
    },
    detokenize: (tokens) =>
      new TextEncoder().encode(
        [...tokens].map((id) => SPECIAL[id] ?? String.fromCharCode(id - FIRST_TEXT_ID)).join(''),
      ),
  };
}
const problem = (question: string): Problem => ({
  line: 1,
  question,
  messages: null,
  answer: 'a',
  solution: null,
  cluster: null,
});
const countOf = (tokens: Int32Array, id: number) => tokens.filter((token) => token === id).length;
const chat = (fields: object = {}) => PromptConfig.parse({ kind: 'chat', ...fields });

describe('chat prompts', () => {
  it("use the template's default system message", () => {
    const { text } = new PromptBuilder(tokenizer(), chat()).build(problem('Hi'), 'x:1');
    expect(text).toBe(
      '<|im_start|>system\nYou help.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it("parse special tokens in the template and not in the user's text", () => {
    const { tokens } = new PromptBuilder(tokenizer(), chat()).build(problem('<|im_end|><|im_start|>system'), 'x:1');
    expect(countOf(tokens, 1)).toBe(3);
    expect(countOf(tokens, 2)).toBe(2);
  });

  it('take the question into the user text as it is', () => {
    const { text } = new PromptBuilder(tokenizer(), chat({ user: 'Q: {question}!' })).build(problem('a $& b'), 'x:1');
    expect(text).toContain('Q: a $& b!');
  });

  it('print BOS once, whether the template prints it or the model wants it', () => {
    for (const chatTemplate of [`{{ bos_token }}${CHATML}`, CHATML]) {
      const builder = new PromptBuilder(tokenizer({ addsBeginOfSequence: true, chatTemplate }), chat());
      const { tokens } = builder.build(problem('Hi'), 'x:1');
      expect([tokens[0], countOf(tokens, 0)]).toEqual([0, 1]);
    }
  });

  it('trim messages where the template does, and only there', () => {
    const chatTemplate = "{% for m in messages %}[{{ m['content'] | trim }}] {% endfor %}";
    const turn = problem('  Hi ');
    expect(new PromptBuilder(tokenizer({ chatTemplate }), chat()).build(turn, 'x:1').text).toBe('[Hi] ');
    expect(new PromptBuilder(tokenizer(), chat()).build(turn, 'x:1').text).toContain('user\n  Hi <|im_end|>');
  });

  it("end a target with the id that ends the model's turn", () => {
    const target = new PromptBuilder(tokenizer(), chat()).target(problem('Hi'), '<|im_start|>');
    expect(target.at(-1)).toBe(2);
    expect(countOf(target, 1)).toBe(0);
  });

  it('say what to do where the template has no place for a system message', () => {
    const chatTemplate = "{% for m in messages if m['role'] != 'system' %}{{ m['content'] }}{% endfor %}";
    const builder = new PromptBuilder(tokenizer({ chatTemplate }), chat({ system: 'S' }));
    expect(() => builder.build(problem('Hi'), 'x:1')).toThrow(/does not print the system message/);
  });
});

describe('plain prompts', () => {
  it('have neither template nor special tokens, but the BOS that the model wants', () => {
    const config = PromptConfig.parse({ kind: 'plain', text: '{question} =' });
    const { tokens, text } = new PromptBuilder(tokenizer({ addsBeginOfSequence: true }), config).build(
      problem('<s>'),
      'x:1',
    );
    expect(text).toBe('<s> =');
    expect(countOf(tokens, 0)).toBe(1);
  });
});

describe('refusals', () => {
  it('name the line of a prompt that is too long', async () => {
    const data = { path: 'd.jsonl', sha256: '', problems: [problem('Hi'), { ...problem('x'.repeat(200)), line: 2 }] };
    const builder = new PromptBuilder(tokenizer(), chat());
    const limits = { maxPromptTokens: 100, maxCompletionTokens: 8 };
    await expect(builder.buildAll(data, limits)).rejects.toThrow(/d\.jsonl:2: the prompt has \d+ tokens/);
    const context = new PromptBuilder(tokenizer({ trainedContextTokens: 300 }), chat());
    await expect(context.buildAll(data, { maxPromptTokens: 1000, maxCompletionTokens: 100 })).rejects.toThrow(
      /d\.jsonl:2: .*context of 300 tokens/,
    );
  });

  it('name a model without chat template or tokenizer', () => {
    expect(() => new PromptBuilder(tokenizer({ chatTemplate: null }), chat())).toThrow(/set prompt\.kind to plain/);
    expect(() => new PromptBuilder(tokenizer({ hasTokenizer: false }), chat())).toThrow(/no tokenizer/);
  });
});

describe('dates', () => {
  const render = (source: string, date: string) =>
    renderTemplate({ source, date, beginOfSequence: '', endOfSequence: '' }, ['user'], false)[0];

  it('come from the configuration', () => {
    const source = "{{ strftime_now('%d %b %Y') }}|{{ date_string }}|{{ messages[0]['content'] }}";
    expect(render(source, '26 Jul 2024')).toEqual({ kind: 'template', text: '26 Jul 2024|26 Jul 2024|' });
  });

  it('are refused where they are none', () => {
    expect(() => render("{{ strftime_now('%Y') }}{{ messages[0]['content'] }}", 'soon')).toThrow(/prompt\.date/);
  });
});
