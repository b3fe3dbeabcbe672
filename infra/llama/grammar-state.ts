import { type Llama, LlamaGrammarEvaluationState, type LlamaModel, type Token } from "node-llama-cpp"
import { Unsupported } from "./refusals.ts"

interface GrammarBindings {
  readonly acceptGrammarEvaluationStateToken: (state: unknown, token: Token) => void
}

/** Where a grammar stands after a text that is there already. Throws `Unsupported` for a grammar that the engine does not take. */
export const grammarAfter = async (
  model: LlamaModel,
  grammar: string,
  begun: readonly Token[],
): Promise<LlamaGrammarEvaluationState> => {
  const compiled = await model.llama.createGrammar({ grammar }).catch(() => {
    throw new Unsupported("the schema is too large to be enforced")
  })
  const state = new LlamaGrammarEvaluationState({ model, grammar: compiled })
  if (begun.length === 0) return state
  const { acceptGrammarEvaluationStateToken: accept } = bindingsOf(model.llama)
  for (const token of begun) accept(Reflect.get(state, "_state"), token)
  return state
}

/** The package keeps this to itself: its own classes never continue an answer under a grammar. */
const bindingsOf = (llama: Llama): GrammarBindings => {
  const bindings: unknown = Reflect.get(llama, "_bindings")
  const sampler: unknown = typeof bindings === "object" && bindings !== null ? Reflect.get(bindings, "AddonSampler") : null
  if (isGrammarBindings(sampler)) return sampler
  throw new Error("this version of node-llama-cpp cannot continue an answer under a grammar")
}

const isGrammarBindings = (value: unknown): value is GrammarBindings =>
  typeof value === "function" && "acceptGrammarEvaluationStateToken" in value && typeof value.acceptGrammarEvaluationStateToken === "function"
