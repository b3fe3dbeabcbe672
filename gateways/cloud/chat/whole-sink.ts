import type { FastifyReply } from "fastify"
import { type AnswerHead, wholeAnswer } from "./chat-completion.ts"
import type { AnswerSink } from "../session/answer-sink.ts"

/** One JSON body when everything is there. */
export const wholeSink = (reply: FastifyReply, head: AnswerHead): AnswerSink => ({
  text: () => true,
  finish: (whole) => {
    void reply.type("application/json; charset=utf-8").send(JSON.stringify(wholeAnswer(head, whole)))
  },
  fail: () => false,
  ping: () => {},
  drop: () => {
    reply.hijack()
    reply.raw.destroy()
  },
})
