export { networkConfig, type NetworkConfig, type NetworkConfigRejection, type PublishPolicy } from "./decide.ts"
export { defaultPolicy, percentFor, rateFor } from "./default-policy.ts"
export { type ModelRate, type NetworkConfigEvent, PolicyDocument, type RcpRules } from "./events.ts"
