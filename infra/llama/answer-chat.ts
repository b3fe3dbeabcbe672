import { type ChatHistoryItem, LlamaChat, type LlamaModel, type LlamaText, type Token } from "node-llama-cpp"
import { saidText } from "#domain/protocol/answer-text.ts"
import { GrammarWriter } from "../json-schema/grammar-writer.ts"
import type { Answering } from "./answering.ts"
import { callSyntax } from "./chat-functions.ts"
import { chatHistory } from "./chat-history.ts"
import { ChosenTokens } from "./chosen-tokens.ts"
import { grammarAfter } from "./grammar-state.ts"
import type { ReadChat } from "./read-chat.ts"
import { biasOption, samplingOptions } from "./sampling.ts"
import { SpokenAnswer } from "./spoken-answer.ts"
import type { GenerationEnd } from "./worker-messages.ts"
import { writeCalls } from "./write-calls.ts"

/** The next turn of a chat: text, then calls where the model makes any. */
export const answerChat = async (answering: Answering, chat: ReadChat): Promise<GenerationEnd> => {
  const { generation, promptTokens } = answering
  const said = saidText(generation.deliveredText)
  const history = chatHistory(chat.messages, said)
  if (chat.calls === "must") return writeCalls(answering, chat, { history, completionTokens: 0 })
  const spoken = await speak(answering, chat, { history, said, delivered: generation.deliveredText.length })
  if (spoken.type === "calling") return writeCalls(answering, chat, spoken)
  if (spoken.type === "aborted") return { type: "aborted" }
  return { type: "generated", generated: { finishReason: spoken.type, promptTokens, completionTokens: spoken.completionTokens } }
}

type Spoken =
  | { readonly type: "stop" | "length"; readonly completionTokens: number }
  | { readonly type: "aborted" }
  | { readonly type: "calling"; readonly history: readonly ChatHistoryItem[]; readonly completionTokens: number }

/** With `LlamaChat`, which knows how the template ends a turn and hides a thought. */
const speak = async (
  { parts: { model, vocabulary, contextLength }, slot, maxTokens, onText, stop }: Answering,
  chat: ReadChat,
  { history, said, delivered }: { readonly history: readonly ChatHistoryItem[]; readonly said: string; readonly delivered: number },
): Promise<Spoken> => {
  const { sampling, wrapper, calls } = chat
  const { temperature = 1, top_logprobs: top } = sampling
  const chosen = top === undefined ? null : new ChosenTokens(vocabulary, { top, temperature })
  const answer = new SpokenAnswer({ stops: sampling.stop ?? [], chosen, delivered }, onText)
  const complete = new AbortController()
  const beginnings = calls === "may" ? callSyntax(wrapper).beginnings : []
  const grammar = await formatGrammar(chat, model, { said, beginnings })
  slot.watch = { grammar, heard: chosen === null ? null : (token, probabilities) => chosen.hear(token, probabilities) }
  const llamaChat = calls === "may" ? new LlamaChat({ contextSequence: slot.sequence, chatWrapper: wrapper }) : slot.chat
  const ended = (type: "stop" | "length"): Spoken => ({ type, completionTokens: answer.completionTokens })
  try {
    const { metadata, lastEvaluation } = await llamaChat.generateResponse([...history], {
      ...samplingOptions(sampling, model.tokenize(said), contextLength),
      ...biasOption(sampling, model, vocabulary),
      maxTokens,
      signal: AbortSignal.any([stop, complete.signal]),
      stopOnAbortSignal: true,
      ...(calls === "may" ? { customStopTriggers: beginnings } : {}),
      // Thoughts are not part of the visible text, but they were computed: they count.
      onResponseChunk: ({ type, text, tokens }) => {
        if (text === "" && tokens.length === 0) return
        if (answer.hear(type === undefined ? text : "", tokens) || answer.isFull) complete.abort()
      },
    })
    if (complete.signal.aborted) return ended(answer.isFull ? "length" : "stop")
    if (stop.aborted) return { type: "aborted" }
    answer.finish()
    if (metadata.stopReason === "customStopTrigger") {
      return { type: "calling", history: lastEvaluation.contextWindow, completionTokens: answer.completionTokens }
    }
    if (metadata.stopReason !== "maxTokens") return ended("stop")
    // The beginning of a character that was cut off is no text, but it was computed.
    const unseen = maxTokens - answer.completionTokens
    if (unseen > 0) answer.unseen(unseen)
    return ended("length")
  } catch (cause) {
    if (complete.signal.aborted) return ended(answer.isFull ? "length" : "stop")
    if (stop.aborted) return { type: "aborted" }
    throw cause
  } finally {
    if (llamaChat !== slot.chat) llamaChat.dispose({ disposeSequence: false })
  }
}

/** What the text must be; where the model may call, the beginning of a call as well. Null: it is free. */
const formatGrammar = async (
  { format }: ReadChat,
  model: LlamaModel,
  { said, beginnings }: { readonly said: string; readonly beginnings: readonly LlamaText[] },
) => {
  if (format === null) return null
  const writer = new GrammarWriter()
  const forms = [writer.json(format), ...(said === "" ? beginnings.map((text) => tokensRule(text.tokenize(model.tokenizer))) : [])]
  return grammarAfter(model, writer.grammar(forms.join(" | ")), model.tokenize(said, false, "trimLeadingSpace"))
}

/** Just these tokens, control tokens among them. */
const tokensRule = (tokens: readonly Token[]): string => tokens.map((token) => `<[${token}]>`).join(" ")
