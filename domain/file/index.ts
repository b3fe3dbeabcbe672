export { type CutUpload, type DeleteFile, file, type File, type FileCommand, type FileRejection, type FinishUpload, type StartUpload } from "./decide.ts"
export type { FileEvent, FilePurpose, Uploaded, UploadStarted } from "./events.ts"
