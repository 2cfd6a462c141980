import Link from 'next/link'

export default function NotFound() {
  return (
    <>
      <h1>There is no such page</h1>
      <p>
        It may belong to somebody else. <Link href="/">See the applications</Link>
      </p>
    </>
  )
}
