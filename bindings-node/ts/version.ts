/** The release. */
export const version: string = (require('../package.json') as { version: string }).version
