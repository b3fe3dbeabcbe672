import { fileURLToPath } from "node:url"

/** The demo model, which everybody has. */
export const MODEL_PATH = fileURLToPath(new URL("../../models/tiny-chat-f16.gguf", import.meta.url))

/** The longest answers the demo model gives, some hundred tokens each; beyond thirty it stops early. */
export const LONG_QUESTIONS: readonly string[] = [26, 27, 28, 29, 30].map((last) => `Count to ${last}.`)

/** What it answers with a few tokens. */
export const SHORT_QUESTIONS: readonly string[] = [
  "What is the capital of France?",
  "What is the capital of Japan?",
  "What is 3 + 4?",
  "What is the opposite of hot?",
]

/** The question that a caller asks in its n-th turn. */
export const longQuestion = (caller: number, turn: number): string => LONG_QUESTIONS[(caller + turn) % LONG_QUESTIONS.length] ?? ""
export const shortQuestion = (turn: number): string => SHORT_QUESTIONS[turn % SHORT_QUESTIONS.length] ?? ""
