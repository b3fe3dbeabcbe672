export {
  type AwardJobPoints,
  ISSUED_ACCOUNT,
  payeeAccount,
  type RcpAccount,
  rcpAccount,
  type RcpRejection,
} from "./decide.ts"
export type { RcpEvent } from "./events.ts"
