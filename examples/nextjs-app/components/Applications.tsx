import type { InstanceSummary } from 'flowwright'
import Link from 'next/link'
import { moment } from '@/lib/words'
import { Status } from './Status'

interface Props {
  instances: InstanceSummary[]
  /** Where each stands, in words. */
  whereabouts: Map<string, string>
}

/** Applications as a table, newest first. */
export function Applications({ instances, whereabouts }: Props) {
  if (instances.length === 0) {
    return (
      <section className="card" aria-label="Applications">
        <p className="quiet">There is no application yet.</p>
      </section>
    )
  }
  return (
    <section className="card" aria-label="Applications">
      <table className="table">
        <caption className="sr-only">Applications, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Application</th>
            <th scope="col">Status</th>
            <th scope="col">Where it stands</th>
            <th scope="col">Started</th>
            <th scope="col">Ended</th>
            <th scope="col" className="number">
              Events
            </th>
          </tr>
        </thead>
        <tbody>
          {instances.map((one) => (
            <tr key={one.id}>
              <th scope="row">
                <Link href={`/instances/${one.id}`}>{one.key ?? one.id}</Link>
              </th>
              <td>
                <Status status={one.status} />
              </td>
              <td>{whereabouts.get(one.id) || '–'}</td>
              <td>{moment(one.started)}</td>
              <td>{one.ended ? moment(one.ended) : '–'}</td>
              <td className="number">{one.seq}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
