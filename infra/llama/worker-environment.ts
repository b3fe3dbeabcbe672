import process from "node:process"

/** What a native engine may need to find its libraries and devices. Nothing else of this process's environment is passed on. */
const PASSED_ON =
  /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|TZ|SystemRoot|windir|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|CUDA_\w+|NVIDIA_\w+|GGML_\w+|VK_\w+|HIP_\w+|ROCR_\w+)$/i

export const workerEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
  // Without it a missing binary is answered by ten minutes of compiling.
  NODE_LLAMA_CPP_SKIP_DOWNLOAD: "true",
})
