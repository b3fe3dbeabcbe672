/** Parts of the platform that can be processes of their own. */
export const ROLE_NAMES = ["cloud", "io", "gate", "status", "admin", "dispatcher", "settlement", "watchdog", "projector"] as const
export type RoleName = (typeof ROLE_NAMES)[number]
