'use client'

export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  return (
    <div role="alert">
      <h1>That did not work</h1>
      <p>Nothing is lost: what was done before is kept.</p>
      <button className="button" onClick={reset}>
        Try again
      </button>
    </div>
  )
}
