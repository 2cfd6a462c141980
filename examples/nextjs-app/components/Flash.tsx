import styles from './Flash.module.css'

/** Something that has worked. */
export function Flash({ children }: { children: React.ReactNode }) {
  return (
    <p role="status" className={styles.flash}>
      {children}
    </p>
  )
}
