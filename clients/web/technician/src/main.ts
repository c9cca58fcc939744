import { mount } from 'svelte'
import '../../shared/tokens.css'
import { speak } from '../../shared/texts/words.ts'
import './app.css'
import App from './App.svelte'
import { applyLooks, language } from './settings/looks.ts'

applyLooks()
await speak(language())
mount(App, { target: document.getElementById('app')! })
