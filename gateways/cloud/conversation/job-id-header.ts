/** All jobs of the request, separated by commas. */
export const JOB_ID_HEADER = "x-resultity-job-id"
