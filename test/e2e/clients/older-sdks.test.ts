import { describe } from "vitest"
import { echoNetwork } from "./network.ts"
import { chats } from "./older-sdks/chats.ts"
import { otherTasks } from "./older-sdks/other-tasks.ts"
import { version4 } from "./older-sdks/version-4.ts"
import { version6 } from "./older-sdks/version-6.ts"

describe("an older official SDK", () => {
  const network = echoNetwork()

  describe.each([{ version: 4, open: version4(network) }, { version: 6, open: version6(network) }])("of version $version", (client) => {
    chats({ ...client, network })
    otherTasks({ ...client, network })
  })
})
