import type { NamespaceId } from "../kernel/ids.ts"

/** Names of the accounts that postings move credits between. */
export const availableAccount = (namespace: NamespaceId): string => `namespace:${namespace}:available`
export const heldAccount = (namespace: NamespaceId): string => `namespace:${namespace}:held`
export const operatorAccount = (payee: string): string => `operator:${payee}`
export const PLATFORM_ACCOUNT = "platform:revenue"
export const GRANTS_ACCOUNT = "system:grants"
/** Holds what left one namespace and has not arrived in the other; zero when no transfer is under way. */
export const TRANSFERS_ACCOUNT = "system:transfers"
