import { eventLogContract } from "#test/support/contract-event-log.ts"
import { eventStoreDbTitle, openEventStoreDbTwice } from "#test/support/eventstoredb.ts"

eventLogContract(eventStoreDbTitle, openEventStoreDbTwice)
