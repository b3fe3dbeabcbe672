import { MANAGED_DELIVERY, MANAGED_WEBHOOK } from "../gate/fake-account-deps.ts"
import { MANAGED_KEY, MANAGED_NAMESPACE } from "../gate/fake-manage.ts"
import { BATCH_ID, FILE_ID } from "../cloud/fake-files.ts"
import { ABLE_MODEL, ASK, MODEL } from "../cloud/fake-network.ts"

/** A request that its route answers well, once it may be made. */
export interface GoodRequest {
  /** With the path's parameters filled in; the table's own otherwise. */
  readonly path?: string
  readonly body?: unknown
  readonly status: number
  /** What the path names belongs to an account: others' keys hear 404. */
  readonly owned?: true
}

const PLAIN: GoodRequest = { status: 200 }
const KEY = { path: `/v1/keys/${MANAGED_KEY}`, status: 200, owned: true } as const
const NAMESPACE = { path: `/v1/namespaces/${MANAGED_NAMESPACE}`, status: 200, owned: true } as const
const WEBHOOK = { path: `/v1/webhooks/${MANAGED_WEBHOOK}`, status: 200, owned: true } as const
const FILE = { path: `/v1/files/${FILE_ID}`, status: 200, owned: true } as const
const BATCH = { path: `/v1/batches/${BATCH_ID}`, status: 200, owned: true } as const
/** No node offers such a model: said only to those who may ask. */
const UNSERVED: GoodRequest = { body: { model: MODEL }, status: 404 }

/** The handler's word, to whoever may ask: nobody has one yet, and another's is as if it were not there. */
const NO_REQUEST: GoodRequest = { status: 404 }

/** As with requests. */
const NO_RESPONSE = "/v1/responses/resp_01234567-89ab-7def-8123-456789abcdef"

/** By gateway and operation. A route that is not here fails the test: say what its good request is. */
export const GOOD_REQUESTS: Readonly<Record<string, Readonly<Record<string, GoodRequest>>>> = {
  cloud: {
    health: PLAIN,
    document: PLAIN,
    listModels: PLAIN,
    retrieveModel: { path: `/v1/models/${MODEL}`, status: 200 },
    getUsage: PLAIN,
    createChatCompletion: { body: ASK, status: 200 },
    createCompletion: { body: { model: ABLE_MODEL, prompt: "Say hello" }, status: 200 },
    // The handler's word: whoever may not ask does not get so far.
    createEmbedding: { body: { model: MODEL }, status: 400 },
    createResponse: { body: { model: MODEL, input: "Say hello" }, status: 200 },
    getResponse: { path: NO_RESPONSE, status: 404 },
    deleteResponse: { path: NO_RESPONSE, status: 404 },
    cancelResponse: { path: `${NO_RESPONSE}/cancel`, status: 404 },
    listInputItems: { path: `${NO_RESPONSE}/input_items`, status: 404 },
    giveFeedback: { body: { id: "chatcmpl-1", rating: "up" }, status: 404 },
    retrieveGeneration: { path: "/v1/generation?id=chatcmpl-1", status: 404 },
    listRequests: PLAIN,
    retrieveRequest: NO_REQUEST,
    resumeRequestStream: NO_REQUEST,
    deleteRequest: NO_REQUEST,
    cancelRequest: NO_REQUEST,
    createModeration: UNSERVED,
    createImage: UNSERVED,
    createImageVariation: UNSERVED,
    createImageDescription: UNSERVED,
    createTranscription: UNSERVED,
    createAudioTranslation: UNSERVED,
    createTranslation: UNSERVED,
    createSpeech: UNSERVED,
    // The handler's word: it wants a form.
    createFile: { body: {}, status: 400 },
    listFiles: PLAIN,
    retrieveFile: FILE,
    deleteFile: FILE,
    downloadFile: { ...FILE, path: `${FILE.path}/content` },
    // The handler's word: whoever may not ask does not get so far.
    createBatch: { body: {}, status: 400 },
    listBatches: PLAIN,
    retrieveBatch: BATCH,
    cancelBatch: { ...BATCH, path: `${BATCH.path}/cancel` },
  },
  gate: {
    health: PLAIN,
    document: PLAIN,
    // Whoever may ask: what decides is the signature in the body, for which there is a test of its own.
    grantNodeCredentials: { body: {}, status: 400 },
    createApiKey: { body: { namespace: MANAGED_NAMESPACE }, status: 200, owned: true },
    listApiKeys: PLAIN,
    retrieveApiKey: KEY,
    updateApiKey: { ...KEY, body: { name: "ci" } },
    rotateApiKey: { ...KEY, path: `${KEY.path}/rotate`, body: {} },
    revokeApiKey: KEY,
    createNamespace: { body: { name: "prod" }, status: 200 },
    listNamespaces: PLAIN,
    retrieveNamespace: NAMESPACE,
    updateNamespace: { ...NAMESPACE, body: { name: "prod" } },
    deleteNamespace: NAMESPACE,
    retrieveBalance: { ...NAMESPACE, path: `${NAMESPACE.path}/balance` },
    getUsage: PLAIN,
    getCompletionsUsage: { path: "/v1/organization/usage/completions?start_time=0&end_time=1", status: 200 },
    getCosts: { path: "/v1/organization/costs?start_time=0&end_time=1", status: 200 },
    eraseNamespaceContent: { ...NAMESPACE, path: `${NAMESPACE.path}/content` },
    eraseJobContent: { ...NAMESPACE, path: `${NAMESPACE.path}/content/job_00000000-0000-7000-8000-000000000001` },
    listContentErasures: { ...NAMESPACE, path: `${NAMESPACE.path}/content/erasures` },
    listAlerts: PLAIN,
    retrieveAlertSettings: { ...NAMESPACE, path: `${NAMESPACE.path}/alert-settings` },
    replaceAlertSettings: { ...NAMESPACE, path: `${NAMESPACE.path}/alert-settings`, body: { low_balance_microcredits: "5" } },
    createWebhook: { body: { namespace: MANAGED_NAMESPACE, url: "https://hooks.example/" }, status: 200, owned: true },
    listWebhooks: PLAIN,
    retrieveWebhook: WEBHOOK,
    updateWebhook: { ...WEBHOOK, body: { enabled: false } },
    deleteWebhook: WEBHOOK,
    rotateWebhookSecret: { ...WEBHOOK, path: `${WEBHOOK.path}/rotate-secret`, body: {} },
    testWebhook: { ...WEBHOOK, path: `${WEBHOOK.path}/test`, body: {} },
    listWebhookDeliveries: { ...WEBHOOK, path: `${WEBHOOK.path}/deliveries` },
    retrieveWebhookDelivery: { ...WEBHOOK, path: `${WEBHOOK.path}/deliveries/${MANAGED_DELIVERY}` },
    replayWebhookDelivery: { ...WEBHOOK, path: `${WEBHOOK.path}/deliveries/${MANAGED_DELIVERY}/replay`, body: {} },
    replayWebhook: { ...WEBHOOK, path: `${WEBHOOK.path}/replay`, body: { start_time: 1, end_time: 2 } },
    transferCredits: { ...NAMESPACE, path: `${NAMESPACE.path}/transfers`, body: { to: MANAGED_NAMESPACE, amount: "1" } },
  },
  status: { health: PLAIN, document: PLAIN, networkStatus: PLAIN },
  admin: { health: PLAIN, readiness: PLAIN, document: PLAIN, metrics: PLAIN, onlineNodes: PLAIN },
}
