import { wireData } from "../log-event.ts"
import { defineProjection } from "../projection.ts"
import { put } from "../writes.ts"
import { policies } from "./table.ts"

const documentOf = (wire: unknown): unknown =>
  typeof wire === "object" && wire !== null && "document" in wire ? wire.document : null

export const policiesProjection = defineProjection({
  name: "policies",
  version: 1,
  tables: [policies],
  rules: {
    PolicyPublished: (event) => {
      const { environment, ruleHash, document, at } = event.data
      const rules = { rule_hash: ruleHash, version: document.version, document: documentOf(wireData(event)) }
      return [put(policies, { environment }, { ...rules, published_at: at })]
    },
  },
})
