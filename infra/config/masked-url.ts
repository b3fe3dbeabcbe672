/** An address without its password, for people and logs. */
export const maskedUrl = (address: string): string =>
  address
    .split(",")
    .map((one) => {
      const url = URL.parse(one)
      if (url === null) return one
      if (url.password !== "") url.password = "***"
      return url.href.replace(/\/$/, "")
    })
    .join(",")
