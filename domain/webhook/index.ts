export {
  MAX_WEBHOOKS, SECRET_OVERLAP_MS, type Webhook, webhooks, type WebhookCommand, type WebhookRejection, type Webhooks,
} from "./decide.ts"
export { WEBHOOK_TYPES, type WebhookEvent, type WebhookSettings, type WebhookType } from "./events.ts"
