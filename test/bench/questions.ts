import { fileURLToPath } from "node:url"

/** The demo model, which everybody has. */
export const MODEL_PATH = fileURLToPath(new URL("../../models/tiny-chat-f16.gguf", import.meta.url))

const ANIMALS = ["fox", "dog", "cat", "horse", "bear", "owl", "mouse", "rabbit"]

/** What the demo model answers at length: stories and counting, some sixty tokens each. */
export const LONG_QUESTIONS: readonly string[] = [...ANIMALS.map((animal) => `Tell me a story about a ${animal}.`), "Count to 30."]

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
