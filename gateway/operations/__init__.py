"""Operations of our own: questions that are answered without showing a record."""
