import { FlowwrightError, type InstanceView } from 'flowwright'
import { engine } from './engine'
import { currentUser, maySee } from './users'

/** An instance that the one who asks may see. What is somebody else's does not exist for them. */
export async function seen(id: string): Promise<InstanceView> {
  const view = await (await engine()).get(id)
  if (maySee(await currentUser(), view.labels)) return view
  throw new FlowwrightError({ code: 'not_found', message: `there is no instance ${id}`, retryable: false })
}
